# shellcheck shell=bash
# Functions of scripts/dojo and scripts/test: install what is missing, configure, build. Everything is told on standard error.

dojo_say() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# The caller sets dojo_root, the repository.
: "${dojo_root:?}"

# dojo_install USES: installs the missing packages of scripts/packages.txt that are marked with one of the words in USES.
dojo_install() {
  local uses=" $* " name use command wanted=() missing
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    dojo_say "needs Debian 12 or 13: dpkg and apt-get were not found (scripts/packages.txt lists what is used)"
    exit 2
  fi
  while read -r name use command; do
    if [[ -z $name || $name == '#'* || $uses != *" $use "* ]]; then
      continue
    fi
    if [[ -z $command ]] || ! command -v "$command" >/dev/null; then
      wanted+=("$name")
    fi
  done <"$dojo_root/scripts/packages.txt"
  # dpkg-query fails when it does not know one of the names; awk then finds that name missing.
  missing=$({ dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true; } |
    awk -v wanted="${wanted[*]}" '$2 == "installed" { have[$1] = 1 }
      END { n = split(wanted, w, " "); for (i = 1; i <= n; i++) if (!(w[i] in have)) printf "%s ", w[i] }')
  if [[ -z $missing ]]; then
    return
  fi

  local apt=(apt-get install -y --no-install-recommends) root=()
  if [[ $(id -u) != 0 ]]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; then
      root=(sudo)
    else
      dojo_say "missing packages and no root rights; run as root: apt-get update && ${apt[*]} ${missing% }"
      exit 2
    fi
  fi
  dojo_say "installing Debian packages: ${missing% }"
  # shellcheck disable=SC2086  # the list is words
  if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 ||
    ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive "${apt[@]}" $missing >&2; then
    dojo_say "apt-get failed; run as root: apt-get update && ${apt[*]} ${missing% }"
    exit 2
  fi
}

# dojo_build TARGETS: configures build/ if need be and builds; one at a time, so that two commands may start together.
dojo_build() {
  local build=$dojo_root/build log=$dojo_root/build/configure.log
  mkdir -p "$build"
  exec 9>"$build/.lock"
  flock 9
  if [[ ! -f $build/build.ninja ]]; then
    dojo_say "configuring"
    if ! (cd "$dojo_root" && cmake --preset release) >"$log" 2>&1; then
      cat "$log" >&2
      dojo_say "configuring failed"
      exit 1
    fi
  fi
  # Silent when there is nothing to do; on a terminal the progress stays on one line.
  local terminal=0
  [[ -t 2 ]] && terminal=1
  if ! ninja -C "$build" "$@" 2>&1 9>&- | awk -v name="${0##*/}" -v terminal="$terminal" '
      /^ninja: (Entering directory|no work to do)/ || /Re-checking globbed directories/ { next }
      !told++ { print name ": building (minutes when everything is new)" }
      /^\[[0-9]+\/[0-9]+\]/ && terminal { printf "\r\033[K%.110s", $0; fflush(); open = 1; next }
      { if (open) print ""; open = 0; print; fflush() }
      END { if (open) print "" }' >&2; then
    dojo_say "the build failed"
    exit 1
  fi
  exec 9>&-
}
