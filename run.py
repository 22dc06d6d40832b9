"""Set up and start `twin`. Needs Python 3.11 or newer and a network for the first start, nothing else.

Makes `.venv` beside this file, installs what `requirements.lock` pins by hash, then the project itself, then starts.
A stamp in `.venv` says what it was made from, so that the next start goes straight to work. Standard library only.
"""

import sys

if sys.version_info < (3, 11):  # stands before all that an older Python would stumble over
    sys.exit("twin needs Python 3.11 or newer; this is Python %d.%d, %s" % (*sys.version_info[:2], sys.executable))

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent

COMMANDS = {
    "demo": ("run ten years of the shipped park (`twin run baseline`)", ("-m", "twin", "run", "baseline")),
    "test": ("run the tests (pytest)", ("-m", "pytest")),
    "sync": ("only set up, or bring the set-up up to date", ()),
}


class SetupError(Exception):
    """The set-up cannot go on; the message says why and what to do."""


def main(arguments: Sequence[str]) -> int:
    """Set up where needed, run one command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Set up twin in .venv, then start it.",
        epilog="commands:\n" + "\n".join(f"  {name:6}{meaning}" for name, (meaning, _) in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed on to twin or pytest as they are")
    chosen = parser.parse_args(arguments)
    _, words = COMMANDS[chosen.command]
    if chosen.arguments and not words:
        parser.error(f"{chosen.command} takes no arguments, got: {' '.join(chosen.arguments)}")
    try:
        set_up(ROOT)
    except (SetupError, OSError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("run.py: interrupted; the next start begins the set-up again", file=sys.stderr)
        return 130
    if not words:
        print(f"ready: {ROOT / '.venv'}")
        return 0
    # pytest finds the tests from the project's folder; twin writes where the user stands.
    folder = ROOT if chosen.command == "test" else None
    return start(ROOT / ".venv", [*words, *chosen.arguments], folder=folder)


def set_up(root: Path) -> None:
    """Bring `root/.venv` to what the lock and the project file say, or raise `SetupError` or `OSError`."""
    venv = root / ".venv"
    stamp = venv / "made-by-run.json"
    wanted = made_from(root)
    found = read_stamp(stamp)
    if found == wanted and venv_python(venv).exists():
        return
    if venv.exists() and found is None:
        raise SetupError(f"{venv} was not made by run.py; move or delete it, then start again")

    # An empty stamp marks the folder as ours but unfinished; the full one is written when everything has succeeded.
    if found and {**found, "project": wanted["project"]} == wanted and venv_python(venv).exists():
        write_stamp(stamp, {})
    else:
        print("Setting up .venv: once, about a minute and 1.5 GB ...", flush=True)
        make_venv(venv, stamp)
        install(venv, "--require-hashes", "--only-binary", ":all:", "-r", str(root / "requirements.lock"))
    install(venv, "--no-deps", "--no-build-isolation", "-e", str(root))
    write_stamp(stamp, wanted)


def made_from(root: Path) -> dict[str, str]:
    """Everything an environment depends on, by name; two equal answers need no new set-up.

    The place counts, because an editable install and the scripts in `.venv` hold absolute paths.
    """
    return {
        "lock": hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest(),
        "project": hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest(),
        "python": sys.version,
        "interpreter": sys.base_prefix,
        "platform": sysconfig.get_platform(),
        "place": str(root),
    }


def read_stamp(stamp: Path) -> dict[str, str] | None:
    """The content of the stamp: empty for a set-up that was not finished, None where there is no stamp."""
    try:
        content = json.loads(stamp.read_text(encoding="utf-8"))
    except OSError:
        return None
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def write_stamp(stamp: Path, content: dict[str, str]) -> None:
    """Write the stamp in one piece."""
    draft = stamp.with_suffix(".new")
    draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    draft.replace(stamp)


def make_venv(venv: Path, stamp: Path) -> None:
    """Make an empty environment with pip in it, in place of whatever `run.py` made there before."""
    if Path(sys.prefix).resolve() == venv.resolve():
        raise SetupError(f"{venv} has to be made anew; start run.py with a Python outside it")
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError("this Python lacks venv or ensurepip; on Debian and Ubuntu: apt-get install python3-venv")
    if venv.exists():
        shutil.rmtree(venv)
    venv.mkdir()
    write_stamp(stamp, {})
    if call([sys.executable, "-m", "venv", str(venv)]) != 0:
        raise SetupError(f"`{sys.executable} -m venv {venv}` failed; its own words are above")


def install(venv: Path, *what: str) -> None:
    """Install into the environment: with uv where it is on the PATH and succeeds, with pip otherwise."""
    python = str(venv_python(venv))
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    uv = shutil.which("uv")
    if uv is not None:
        if call([uv, "pip", "install", "--python", python, "--compile-bytecode", *quiet, *what]) == 0:
            return
        print("uv did not succeed; trying pip", flush=True)
    if call([python, "-m", "pip", "install", "--disable-pip-version-check", *quiet, *what]) != 0:
        raise SetupError("pip did not succeed; its own words are above. Is there a network, and 1.5 GB of free disk?")


def start(venv: Path, words: Sequence[str], *, folder: Path | None = None) -> int:
    """Run the environment's Python with `words` and return what a shell would call its exit code."""
    # The child sees Ctrl-C itself and ends in its own time; this process only waits for it.
    signal.signal(signal.SIGINT, lambda *_: None)
    code = call([str(venv_python(venv)), *words], folder=folder)
    return code if code >= 0 else 128 - code


def call(words: Sequence[str], *, folder: Path | None = None) -> int:
    """Run a program without the caller's Python settings, which would leak foreign packages into the environment."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    return subprocess.run(words, cwd=folder, env=environment, check=False).returncode


def venv_python(venv: Path, system: str = os.name) -> Path:
    """The interpreter of an environment, where this system keeps it."""
    return venv / "Scripts" / "python.exe" if system == "nt" else venv / "bin" / "python"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
