// Paths of archives, as text: cleaned of dots, cut in two, and recognised as whiteouts.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace drydock {

constexpr std::string_view kWhiteout = ".wh.";
// aufs keeps its own books under such names: they are of no use to anybody else.
constexpr std::string_view kReserved = ".wh..wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

inline bool is_dots(std::string_view name) { return name == "." || name == ".."; }

inline bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// `./a//b/../c/` is `a/c`. The text alone counts, whatever is a link; `..` ends at the root.
inline std::string cleaned(std::string_view path) {
  std::string clean;
  clean.reserve(path.size());
  while (!path.empty()) {
    size_t slash = path.find('/');
    std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      size_t above = clean.rfind('/');
      clean.resize(above == std::string::npos ? 0 : above);
      continue;
    }
    if (!clean.empty()) clean += '/';
    clean += name;
  }
  return clean;
}

// The folder, empty for the root, and the last name.
inline std::pair<std::string_view, std::string_view> cut(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// Whether a name of the path begins so.
inline bool has_name_with(std::string_view path, std::string_view start) {
  for (size_t at = 0; at <= path.size();) {
    if (starts_with(path.substr(at), start)) return true;
    size_t slash = path.find('/', at);
    if (slash == std::string_view::npos) return false;
    at = slash + 1;
  }
  return false;
}

}  // namespace drydock
