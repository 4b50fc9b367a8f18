// Tests that run once on every Highway target of this machine.
#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <string>
#include <vector>

namespace nudge::kernels {

class TargetTest : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override {
    hwy::SetSupportedTargetsForTest(GetParam());
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

std::vector<int64_t> targets_of_this_machine();

}  // namespace nudge::kernels

#define NUDGE_EACH_TARGET(suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(Targets, suite, testing::ValuesIn(targets_of_this_machine()), \
                           [](const testing::TestParamInfo<int64_t>& target) {           \
                             return std::string(hwy::TargetName(target.param));          \
                           })
