"""Finding out about OpenGL without dying of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from twin.errors import RenderUnavailable
from twin.view import probe


@pytest.fixture
def fresh_answer() -> Iterator[None]:
    probe.opengl_problem.cache_clear()
    yield
    probe.opengl_problem.cache_clear()


@pytest.fixture
def no_choice_of_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(probe.VARIABLE, raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")


def test_a_child_that_dies_as_vtk_does_makes_an_error_with_the_cure(
    monkeypatch: pytest.MonkeyPatch, fresh_answer: None
) -> None:
    monkeypatch.setattr(probe, "PROBE", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(RenderUnavailable, match=r"ended with -11.*libegl1 and libgl1-mesa-dri"):
        probe.require_opengl()


def test_the_last_words_of_the_child_are_passed_on(monkeypatch: pytest.MonkeyPatch, fresh_answer: None) -> None:
    monkeypatch.setattr(probe, "PROBE", "raise SystemExit('\\x1b[33m12:00 [7FF1] w:150 WARN| bad X server\\x1b[0m')")
    assert probe.opengl_problem() == "VTK ended with 1 (bad X server)"


def test_it_is_asked_once(monkeypatch: pytest.MonkeyPatch, fresh_answer: None) -> None:
    monkeypatch.setattr(probe, "PROBE", "pass")
    assert probe.opengl_problem() == ""
    monkeypatch.setattr(probe, "PROBE", "raise SystemExit(1)")
    assert probe.opengl_problem() == ""


def test_a_child_that_never_ends_is_a_problem_too(monkeypatch: pytest.MonkeyPatch, fresh_answer: None) -> None:
    monkeypatch.setattr(probe, "PROBE", "import time; time.sleep(60)")
    monkeypatch.setattr(probe, "PROBE_SECONDS", 0.2)
    assert "timed out" in probe.opengl_problem()


def test_vtk_is_told_to_do_without_an_x_server(
    monkeypatch: pytest.MonkeyPatch, fresh_answer: None, no_choice_of_window: None
) -> None:
    monkeypatch.setattr(
        probe, "PROBE", f"import os, sys; sys.exit(os.environ[{probe.VARIABLE!r}] != 'vtkEGLRenderWindow')"
    )
    monkeypatch.setenv(probe.VARIABLE, "")
    monkeypatch.delenv(probe.VARIABLE)
    probe.require_opengl()
    assert os.environ[probe.VARIABLE] == "vtkEGLRenderWindow"


@pytest.mark.parametrize(("name", "value"), [("DISPLAY", ":0"), (probe.VARIABLE, "vtkOSOpenGLRenderWindow")])
def test_a_display_and_the_callers_choice_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, no_choice_of_window: None, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert probe._window() == {}
