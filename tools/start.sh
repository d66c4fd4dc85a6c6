#!/bin/sh
# MonaServer @VERSION@ in one file: this script, then an archive of Deno and the program.
# The first start unpacks it into a folder of the user's cache, named after its contents.
set -eu
id=@ID@
scripts="@SCRIPTS@"
# Services and containers may start it with no PATH at all.
PATH=${PATH:+$PATH:}/usr/bin:/bin

fail() {
  echo "monaserver: $1" >&2
  exit 1
}

case $0 in
  */*) self=$0 ;;
  *) self=$(command -v -- "$0") || fail "cannot find $0" ;;
esac
self=$(readlink -f "$self" 2>/dev/null || echo "$self")

# Others may write to the temporary folder: only a folder of ours alone will do.
private() {
  mkdir -p -m 700 "$1" 2>/dev/null && [ ! -L "$1" ] && [ -w "$1" ] && ls -ldn "$1" | {
    read -r mode _ owner _
    case $mode in
      drwx------*) [ "$owner" = "$(id -u)" ] ;;
      *) false ;;
    esac
  }
}

cache=
for folder in "${XDG_CACHE_HOME:-}" "${HOME:+$HOME/.cache}" "${TMPDIR:-/tmp}"; do
  case $folder in
    /*) private "$folder/monaserver-$(id -u)" || continue ;;
    *) continue ;;
  esac
  cache=$folder/monaserver-$(id -u)
  break
done
[ -n "$cache" ] || fail "no folder to unpack into: set XDG_CACHE_HOME to one that can be written"

# What clears old files away, or a failure of power, may have left a part.
whole() {
  [ -x "$1/deno" ] || return 1
  for file in deno www/main.lua $scripts; do
    [ -s "$1/$file" ] || return 1
  done
}

home=$cache/$id
DENO_DIR=$home/cache
DENO_NO_UPDATE_CHECK=1
export DENO_DIR DENO_NO_UPDATE_CHECK
offline='--no-config --no-lock --no-npm --no-remote'

if ! whole "$home"; then
  part=$cache/.part.$$
  trap 'rm -rf "$part"' EXIT
  trap 'exit 1' HUP INT TERM
  mkdir -m 700 "$part" || fail "cannot write into $cache"
  tail -n +@LINES@ "$self" | gzip -dc | tar -xf - -C "$part" || fail "cannot unpack into $cache"
  "$part/deno" --version >/dev/null 2>&1 ||
    fail "Deno does not run from $cache: it needs glibc, and a folder that allows programs (XDG_CACHE_HOME)"
  # The first process to rename wins; the folder of a second one ends up inside and is removed.
  whole "$home" || rm -rf "$home"
  mv "$part" "$home" 2>/dev/null || whole "$home" || fail "cannot write into $cache"
  rm -rf "$home/.part.$$"
  trap - EXIT HUP INT TERM
  # What Deno must know of the program is found out here: done by the server itself, 60 MB stay with it.
  (
    set --
    for file in $scripts; do set -- "$@" "$home/$file"; done
    "$home/deno" cache --quiet $offline "$@"
  ) >/dev/null 2>&1 || :
fi

MONASERVER_EXECUTABLE=$self
export MONASERVER_EXECUTABLE
# Flags from outside could break out of the sandbox: the one that may is asked for by name.
case ${MONASERVER_NATIVE:-} in 1) native=--allow-ffi ;; *) native= ;; esac
exec "$home/deno" run --quiet --no-prompt $offline \
  @FLAGS@ $native "$home/main.js" "$@"
