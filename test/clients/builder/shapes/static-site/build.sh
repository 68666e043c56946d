#!/bin/bash
set -euo pipefail
for page in /pages/*.txt; do
  name=$(basename "$page" .txt)
  {
    sed "s/@TITLE@/$name/" /head.html
    cat "$page"
  } > "/site/$name.html"
done
