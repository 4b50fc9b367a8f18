// A folder within another, gone with its content: files that are half made are never seen.
#pragma once

#include <string>

namespace nudge {

class WorkFolder {
 public:
  // Makes `parent` too.  Throws OutputError when nothing can be made there.
  explicit WorkFolder(const std::string& parent);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::string& path() const { return path_; }
  // Of a file within.
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  void clear() const;

 private:
  std::string path_;
};

}  // namespace nudge
