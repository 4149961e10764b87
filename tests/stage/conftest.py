"""Artifacts that the tests of stage scripts read: made once by the scripts, as a user runs them."""

import functools
import http.server
import threading
from pathlib import Path

import pytest

from tests.conftest import NET, check_done


@pytest.fixture(scope="session")
def made(mini_root, tmp_path_factory, run_stage) -> Path:
    """A folder with i.json, an index; m.safetensors, a classifier of one epoch; maps.h5, its CAMs.

    To be read only.
    """
    folder = tmp_path_factory.mktemp("made")
    index, model = folder / "i.json", folder / "m.safetensors"
    check_done(run_stage("make_index", "--name", "mini", "--data-root", mini_root, "--out", index))
    check_done(run_stage("train_classifier", "cam", "--index", index, "--out", model, *NET))
    given = ["--index", index, "--model", model, "--scales", "[1.0]"]
    check_done(run_stage("export_cams", "cams", *given, "--out", folder / "maps.h5"))
    return folder


@pytest.fixture
def index_words(made) -> list:
    """The words of a command line that name the index."""
    return ["--index", made / "i.json"]


@pytest.fixture
def maps_words(made, index_words) -> list:
    """The words of a command line that name the index and the maps."""
    return [*index_words, "--maps", made / "maps.h5"]


@pytest.fixture
def model_words(made, index_words) -> list:
    """The words of a command line that name the index and the classifier."""
    return [*index_words, "--model", made / "m.safetensors"]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and writes nothing to stderr, where a test looks for the errors of a stage."""

    def log_message(self, *arguments):
        """Drop the line."""


class QuietServer(http.server.ThreadingHTTPServer):
    """Says nothing of clients that close their connection, as the stage does after an error."""

    def handle_error(self, request, address):
        """Drop the error."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A folder, and the address under which its files are served."""
    folder = tmp_path_factory.mktemp("server")
    handler = functools.partial(QuietHandler, directory=str(folder))
    with QuietServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()
