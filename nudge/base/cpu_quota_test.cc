#include "nudge/base/cpu_quota.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"

namespace nudge {
namespace {

namespace fs = std::filesystem;

class CpuQuota : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) {
    const fs::path file = folder_.path(path);
    fs::create_directories(file.parent_path());
    write_file(file.string(), text);
  }
  std::optional<double> quota() const { return cpu_quota(folder_.path()); }

 private:
  TestFolder folder_;
};

TEST_F(CpuQuota, IsNoneWithoutGroups) {
  EXPECT_EQ(quota(), std::nullopt);
  put("proc/self/cgroup", "0::/\nnonsense\n3:memory:/x\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuota, IsTheLeastOfTheGroupsAbove) {
  put("proc/self/cgroup", "0::/user/job\n");
  put("sys/fs/cgroup/user/job/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
  put("sys/fs/cgroup/user/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 1.5);
  put("sys/fs/cgroup/user/job/cpu.max", "400000 100000\n");
  EXPECT_EQ(quota(), 1.5);
  put("sys/fs/cgroup/cpu.max", "25000 50000\n");
  EXPECT_EQ(quota(), 0.5);
}

TEST_F(CpuQuota, IsReadFromTheOlderFiles) {
  put("proc/self/cgroup", "7:cpuset:/a\n4:cpu,cpuacct:/box\n");
  put("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1\n");
  put("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), std::nullopt);
  put("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "300000\n");
  EXPECT_EQ(quota(), 3.0);
}

TEST_F(CpuQuota, DamagedFilesLimitNothing) {
  put("proc/self/cgroup", "0::/\n");
  for (const char* text : {"", "max", "100000", "0 0", "-5 100", "nan nan", "100 zero"}) {
    put("sys/fs/cgroup/cpu.max", text);
    EXPECT_EQ(quota(), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace nudge
