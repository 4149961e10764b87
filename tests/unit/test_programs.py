"""What tests run as `python` and `snakemake` is like a process of its own (tests/programs.py)."""

import json
import os
import signal
import subprocess

import pytest

from tests.programs import program_folder

TOLD = """
import json, os, sys, threading
print(json.dumps({
    "words": sys.argv[1:], "path": sys.path[0], "folder": os.getcwd(), "main": __name__,
    "environment": dict(os.environ), "read": sys.stdin.read(), "threads": threading.active_count(),
    "ours": [name for name in sys.modules if name.partition(".")[0] in ("wsss", "tests")],
}))
print("second", file=sys.stderr)
"""
ENDS = {
    "pass": 0,
    "import sys; sys.exit(3)": 3,
    "import sys; sys.exit('words')": 1,
    "1 / 0": 1,
    "import os; os._exit(7)": 7,
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": 128 + signal.SIGKILL,
}


def run(folder, code, *words, **more):
    """Run a script with this code in a folder, as `python script.py`."""
    (folder / "script.py").write_text(code)
    command = [program_folder() / "python", "script.py", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, **more)


def test_a_script_has_its_words_folder_environment_and_streams(tmp_path):
    words = ["a b", "", "'", "ä\udcff"]
    ended = run(tmp_path, TOLD, *words, input="typed", env={**os.environ, "TOLD": "é\n"})
    told = json.loads(ended.stdout)
    assert told["words"] == words and told["read"] == "typed" and ended.stderr == "second\n"
    assert told["folder"] == told["path"] == str(tmp_path) and told["main"] == "__main__"
    assert told["environment"]["TOLD"] == "é\n" and told["threads"] == 1


def test_no_module_of_the_project_is_there_before_the_script_imports_it(tmp_path):
    assert json.loads(run(tmp_path, TOLD, input="").stdout)["ours"] == []


@pytest.mark.parametrize(("code", "end"), ENDS.items())
def test_a_script_ends_with_its_exit_code(code, end, tmp_path):
    assert run(tmp_path, code).returncode == end


def test_an_error_is_a_traceback(tmp_path):
    assert "ZeroDivisionError" in run(tmp_path, "1 / 0").stderr


def test_scripts_run_side_by_side(tmp_path):
    """Each waits for the file that the other one writes."""
    (tmp_path / "script.py").write_text(
        "import pathlib, sys, time\npathlib.Path(sys.argv[1]).touch()\n"
        "while not pathlib.Path(sys.argv[2]).exists():\n    time.sleep(0.01)\n"
    )
    command = [program_folder() / "python", "script.py"]
    both = [subprocess.Popen([*command, *pair], cwd=tmp_path) for pair in ("ab", "ba")]
    assert [one.wait(timeout=60) for one in both] == [0, 0]


def test_code_of_the_command_line_is_a_new_process():
    code = "import sys; print('torch' in sys.modules)"
    ended = subprocess.run(
        [program_folder() / "python", "-c", code], capture_output=True, text=True
    )
    assert ended.stdout == "False\n"
