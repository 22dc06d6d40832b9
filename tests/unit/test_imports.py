"""What is loaded when: the heavy libraries wait until something needs them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import twin

HEAVY = ("geopandas", "matplotlib", "numba", "pandas", "pyarrow", "pyvista", "scipy", "shapely", "vtk", "vtkmodules")


def loaded_after(code: str) -> set[str]:
    """Heavy libraries that are loaded after some code, in an interpreter of its own."""
    ask = f"import json, sys; print(); print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{ask}"], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


LIGHT = {
    "import": "import twin",
    "help": "import twin.cli, contextlib\nwith contextlib.suppress(SystemExit): twin.cli.main(['--help'])",
    "help of a run": "import twin.cli, contextlib\nwith contextlib.suppress(SystemExit): twin.cli.main(['run', '-h'])",
    "version": "import twin.cli, contextlib\nwith contextlib.suppress(SystemExit): twin.cli.main(['--version'])",
}


@pytest.mark.parametrize("code", LIGHT.values(), ids=LIGHT)
def test_nothing_heavy_is_loaded_for(code: str) -> None:
    assert loaded_after(code) == set()


def test_nothing_that_draws_is_loaded_for_a_run() -> None:
    code = (
        "from tests.parks import small_park\nimport twin\n"
        "run = twin.simulate(small_park([100.0]), twin.Scenario(name='x', end='2026Q1'))\ntwin.measure(run)"
    )
    assert not loaded_after(code) & {"matplotlib", "pyvista", "vtk", "vtkmodules"}


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    from twin.cli import main

    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out.strip() == twin.__version__


def test_every_public_name_is_there() -> None:
    assert sorted(twin.__all__) == sorted(set(twin.__all__))
    for name in twin.__all__:
        assert getattr(twin, name) is not None
    assert dir(twin) == sorted(twin.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'twin' has no attribute 'simulator'"):
        _ = twin.simulator
