// Arm's compiler where it is installed, and programs in its place.
#include "nudge/deploy/vela.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/deploy/golden_metadata.h"
#include "nudge/deploy/test_small_model.h"
#include "nudge/deploy/tflm_export.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/writer.h"

namespace nudge::deploy {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class VelaRun : public testing::Test {
 protected:
  VelaRun() {
    tflite::TfLiteModel file = small_model();
    set_golden(file, make_golden(file, 2, 1));
    tflite::write(file, folder_.path("tiny.tflite"));
  }
  VelaReport run(const VelaOptions& options = {}) const {
    return run_vela(folder_.path("tiny.tflite"), folder_.path("out"), options);
  }

  TestFolder folder_;
};

TEST_F(VelaRun, CompilesAFileOntoTheNpu) {
  if (vela_program() == "vela") GTEST_SKIP() << "ethos-u-vela is not installed";
  const VelaReport report = run();
  EXPECT_EQ(report.cpu_operators, 0);
  EXPECT_GT(report.npu_operators, 0);
  EXPECT_EQ(report.operators.size(), static_cast<size_t>(report.npu_operators));
  EXPECT_GT(report.cycles, 0);
  EXPECT_GT(report.sram_bytes, 0);
  const tflite::TfLiteModel compiled = tflite::read(folder_.path("out/tiny_vela.tflite"));
  EXPECT_EQ(compiled.main().operators.front().custom_code, "ethos-u");
  const TflmExport made = export_tflm(report.files.front(), folder_.path("firmware"));
  EXPECT_EQ(made.registrations, std::vector<std::string>{"AddEthosU"});
  EXPECT_EQ(made.vectors, 2) << "the file's own, which vela has kept";
}

TEST_F(VelaRun, WithoutItSaysHowToGetIt) {
  EXPECT_THAT([&] { run({.program = "/nonexistent/vela"}); },
              ThrowsMessage<UnsupportedError>(HasSubstr("pip install ethos-u-vela")));
}

TEST_F(VelaRun, ItsReasonIsPassedOn) {
  const std::string program = folder_.path("vela");
  write_file(program,
             std::string("#!/bin/sh\necho 'Warning: no configuration'\necho 'Error: no such NPU'\nexit 1\n"));
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  EXPECT_THAT([&] { run({.program = program}); },
              ThrowsMessage<UnsupportedError>(HasSubstr("vela does not compile it: Error: no such NPU")));
}

TEST_F(VelaRun, AFileThatIsNoneIsRefusedFirst) {
  write_file(folder_.path("text.tflite"), std::string("text"));
  EXPECT_THROW(run_vela(folder_.path("text.tflite"), folder_.path("out")), InputError);
}

}  // namespace
}  // namespace nudge::deploy
