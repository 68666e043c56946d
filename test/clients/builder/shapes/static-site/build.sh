set -euo pipefail
for page in /pages/*.txt; do
  name=$(basename "$page" .txt)
  sed -e "s/@TITLE@/$name/" -e "/@TEXT@/{
    r $page
    d
  }" /template.html > "/site/$name.html"
done
