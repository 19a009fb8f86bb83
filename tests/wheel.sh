#!/bin/sh
# Builds the wheel, installs it into an empty environment, and uses the product there: what works
# from a checkout only (a data file that was not packed, an import that nobody declared) fails here.
#   sh tests/wheel.sh [PYTHON]
set -eu

python=${1:-python3}
checkout=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/cockpit-wheel.XXXXXX")
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT TERM HUP

step() { printf '== %s\n' "$*"; }
fail() { printf 'wheel: %s\n' "$*" >&2; exit 1; }

step "build"
mkdir "$place/source"
for each in pyproject.toml README.md LICENSE cockpit_tui skills themes; do
  cp -R "$checkout/$each" "$place/source/"
done
"$python" -m venv "$place/build"
"$place/build/bin/python" -m pip wheel --quiet --disable-pip-version-check --no-deps \
  --wheel-dir "$place/dist" "$place/source"
set -- "$place"/dist/*.whl
[ $# -eq 1 ] || fail "expected one wheel, found $#"
wheel=$1

step "install $(basename "$wheel") into an empty environment"
"$python" -m venv "$place/venv"
"$place/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
"$place/venv/bin/python" -m pip check --disable-pip-version-check

# From here on as somebody who has never seen the checkout: own home, no variables, elsewhere.
mkdir "$place/home" "$place/elsewhere"
cd "$place/elsewhere"
alone() {
  env -i PATH="$place/venv/bin:$PATH" HOME="$place/home" TERM=dumb LANG=C.UTF-8 "$@" </dev/null
}

step "what the package holds, against the source"
alone python "$checkout/tests/wheel_contents.py" "$place/source"

step "cockpit --version"
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$place/source/cockpit_tui/__init__.py")
said=$(alone cockpit --version)
[ "$said" = "cockpit $version" ] || fail "cockpit --version said '$said', not 'cockpit $version'"
echo "$said"

step "cockpit demo --headless"
alone cockpit demo --headless --dir demo | tee demo.txt
grep -q '^Job #1 completed, 12 of 12 tasks done' demo.txt || fail "the demo did not complete"
landed=$(git -C demo rev-list --count main..cockpit/1-add-the-4-missing-agents-backenddeveloper)
[ "$landed" -eq 12 ] || fail "expected 12 commits on the job's branch, found $landed"

step "cockpit review"
alone cockpit review --repo demo > review.txt
grep -q '^Reviewed by offline:rules' review.txt || { cat review.txt; fail "no review"; }
grep -q 'CodeArchitect extends BaseAgent' review.txt || { cat review.txt; fail "no patterns"; }
tail -n 8 review.txt

step "the wheel works on its own"
