#!/bin/sh
# Copy what the pages load out of node_modules into TARGET; run from the folder app/ after `npm ci`.
# Usage: vendor_assets.sh TARGET        (TARGET is qlines/web/static/vendor)
set -eu

target=${1:?usage: vendor_assets.sh TARGET}
mkdir -p "$target"

# The source maps stay behind, so the line that points to them goes too: it would be a 404 in the console.
copy() {
    sed -e '/^\/\/# sourceMappingURL=/d' -e 's|/\*# sourceMappingURL=.*\*/||' "node_modules/$1" >"$target/${2:-$(basename "$1")}"
}

copy @tabler/core/dist/css/tabler.min.css
copy @tabler/core/dist/js/tabler-theme.min.js
copy tabulator-tables/dist/css/tabulator_bootstrap5.min.css
copy tabulator-tables/dist/js/tabulator.min.js
copy uplot/dist/uPlot.min.css
copy uplot/dist/uPlot.iife.min.js uplot.min.js
copy socket.io-client/dist/socket.io.min.js

# Their licences ask for the text to travel along (Tabler's package has none, the head of its files names MIT).
cp node_modules/tabulator-tables/LICENSE "$target/tabulator.LICENSE"
cp node_modules/uplot/LICENSE "$target/uplot.LICENSE"
cp node_modules/socket.io-client/LICENSE "$target/socket.io.LICENSE"

# Served instead of the plain file to browsers that take gzip: 1.4 MB becomes 300 KB. Reproducible, hence -n.
gzip -9 -n -k -f "$target"/*.css "$target"/*.js
