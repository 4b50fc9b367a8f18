// Names under which files and folders are made before they take the place of what is there.
#pragma once

#include <functional>
#include <string>

namespace nudge {

// A name beside `path`, with this process's number: PATH.nudge-tmp1234.  A file or folder that is made under
// it and not renamed is removed with this object.
class Temporary {
 public:
  explicit Temporary(const std::string& path);
  ~Temporary();
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Removes what this process has under such names: before a signal ends it.  From any thread.
void remove_temporaries();

// Removes what processes that are gone have left in the folder of `path` under such names.
void remove_leftovers(const std::string& path);

// A folder that appears whole: `write` is given a temporary one beside it, which is renamed when it returns
// and removed when it throws.  Where the folder has files already, the new ones join them, each replacing
// what had its name.  Throws OutputError.
void write_folder_with(const std::string& path, const std::function<void(const std::string&)>& write);

}  // namespace nudge
