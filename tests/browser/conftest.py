"""The browser of these tests."""

import shutil

import pytest

from tests.cluster.slurm import installed

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser():
    if not installed("chromium"):
        pytest.skip("no Chromium here, and no right to install it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        yield opened
        opened.close()
