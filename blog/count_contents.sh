#!/bin/bash
# Prints how many posts, pages and uploads this blog has besides those that WordPress installs (posts 1 to 3). `make twin-join` and
# `make restore` hand it to the running blog, whose image may be older than this file.
set -euo pipefail
MARIADB_ROOT=${MARIADB_ROOT:-/run/qlines/mariadb/root.cnf}
SITES_FOLDER=${SITES_FOLDER:-/data/sites}

query() { mariadb --defaults-file="$MARIADB_ROOT" --batch --skip-column-names --execute "$1" </dev/null; }

# By its columns, because the prefix of a site's tables is the site's own choice.
tables=$(query "SELECT CONCAT('\`', table_schema, '\`.\`', table_name, '\`') FROM information_schema.columns
    WHERE table_name LIKE '%posts' AND column_name = 'post_type'")
count=$(find "$SITES_FOLDER" -path '*/wp-content/uploads/*' -type f | wc -l)
while IFS= read -r table; do
    [ -n "$table" ] || continue
    posts=$(query "SELECT COUNT(*) FROM $table WHERE ID > 3 AND post_type IN ('post', 'page') AND post_status <> 'auto-draft'")
    count=$((count + posts))
done <<<"$tables"
echo "$count"
