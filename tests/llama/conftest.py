"""llama.cpp's own server with a toy model, for one run of `make test-llama`.

`make test` does not collect this folder: it is collected where it is named.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama.llama_server import KEY, LlamaServer

FOLDER = Path(__file__).parent
PLACE = FOLDER.parents[1] / ".cache" / "llama"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    named = [Path(re.split("::", argument)[0]).resolve() for argument in config.args]
    return None if any(path == FOLDER or FOLDER in path.parents for path in named) else True


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    """The running server; skips where it was never fetched."""
    python, model = PLACE / "venv" / "bin" / "python", PLACE / "model.gguf"
    if not python.exists() or not model.exists():
        pytest.skip("the server and its model are not here: make test-llama fetches them (200 MB)")
    log = tmp_path_factory.mktemp("llama") / "server.log"
    with log.open("wb") as errors, subprocess.Popen(
            [python, FOLDER / "llama_serve.py", model, KEY], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            assert url, f"the server did not start:\n{log.read_text()[-2_000:]}"
            yield LlamaServer(url, log)
        finally:
            process.kill()
