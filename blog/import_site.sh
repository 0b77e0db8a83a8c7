#!/bin/bash
# Moves an existing WordPress into a site of the running blog, from the host:
#
#   blog/import_site.sh NAME DUMP.sql[.gz] [UPLOADS.tar[.gz]] [--replace]
#
# NAME is one of QLINES_BLOG_SITES. The dump holds the old database alone (mysqldump --no-tablespaces NAME), the tar its
# wp-content/uploads. --replace deletes the site's tables first. The old address is replaced by the new one everywhere.
set -euo pipefail
container=${QLINES_NAME:-qlines}-blog

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

files=() replace=
for word in "$@"; do
    case $word in
        --replace) replace=--replace ;;
        -*) usage ;;
        *) files+=("$word") ;;
    esac
done
case ${#files[@]} in 2 | 3) ;; *) usage ;; esac
for file in "${files[@]:1}"; do
    [ -r "$file" ] || { echo "cannot read $file. Nothing was changed." >&2; exit 1; }
done

inside() { docker exec -i "$container" import_site "${files[0]}" "$@"; }

inside database $replace <"${files[1]}"
[ ${#files[@]} -lt 3 ] || inside uploads <"${files[2]}"
inside addresses </dev/null
