// Bad input ends in one line on standard error that names the cause, exit code 1, and nothing half-written.
#include <gmock/gmock.h>

#include <filesystem>
#include <memory>

#include "nudge/base/file.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/test_folder.h"

namespace nudge::cli {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr const char* kFewFlowers = "builtin:flowers?count=50";

class BadInput : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = std::make_unique<data::TestFolder>();
    const ProgramResult trained = run_nudge({"train", "--model", "small_cnn", "--image-size", "16", "--data",
                                             kFewFlowers, "--epochs", "1", "-o", model(), "--quiet"});
    ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  }
  static void TearDownTestSuite() { shared_.reset(); }

  // A small CNN for 16x16 pixels and five classes.
  static std::string model() { return shared_->path("model.keras"); }

  BadInput() { std::filesystem::create_directory(out()); }

  std::string out(const std::string& name = "") const {
    return folder_.path(name.empty() ? "out" : "out/" + name);
  }

  // A class folder with training and test pictures, and one more training file.
  std::string photos(const std::string& bad_file, const std::string& content) const {
    for (const char* split : {"train", "validation", "test"}) {
      for (const char* name : {"daisy", "roses"}) {
        folder_.put_picture(std::string("photos/") + split + "/" + name + "/0.png");
      }
    }
    folder_.put("photos/train/roses/" + bad_file, content);
    return folder_.path("photos");
  }

  std::vector<std::string> train(const std::string& data, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"train", "--model", "small_cnn",    "--image-size",
                                       "16",    "--data",  data,           "--epochs",
                                       "1",     "-o",      out("x.keras"), "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  void expect_failure(const std::vector<std::string>& arguments, const std::string& cause,
                      const ::testing::Matcher<int>& exit_code = Eq(1)) const {
    const ProgramResult result = run_nudge(arguments);
    SCOPED_TRACE(::testing::PrintToString(arguments));
    EXPECT_THAT(result.exit_code, exit_code);
    EXPECT_THAT(result.output, IsEmpty());
    EXPECT_THAT(result.errors, AllOf(StartsWith("nudge: "), HasSubstr(cause)));
    EXPECT_THAT(result.errors.find('\n'), Eq(result.errors.size() - 1)) << result.errors;
    EXPECT_TRUE(std::filesystem::is_empty(out())) << "a file was left";
  }

  data::TestFolder folder_;
  inline static std::unique_ptr<data::TestFolder> shared_;
};

TEST_F(BadInput, MissingFolder) {
  expect_failure(train("/nowhere/photos"), "/nowhere/photos");
  expect_failure({"data", "info", "/nowhere/photos"}, "/nowhere/photos");
}

TEST_F(BadInput, OneClassOnly) {
  folder_.put_picture("photos/daisy/0.png");
  expect_failure(train(folder_.path("photos")), "class");
}

TEST_F(BadInput, EmptyClass) {
  folder_.put_picture("photos/daisy/0.png");
  std::filesystem::create_directory(folder_.path("photos/roses"));
  expect_failure(train(folder_.path("photos")), "roses");
}

// Without --strict such pictures are left out: damaged_files_test.cc.
TEST_F(BadInput, ZeroByteJpeg) { expect_failure(train(photos("none.jpg", ""), {"--strict"}), "none.jpg"); }

TEST_F(BadInput, TextRenamedJpeg) {
  const std::string data = photos("letter.jpg", "Dear sir, this is no picture.\n");
  expect_failure(train(data, {"--strict"}), "letter.jpg");
  expect_failure({"data", "info", data, "--strict"}, "letter.jpg");
}

TEST_F(BadInput, SplitWithoutImages) {
  folder_.put_picture("photos/train/daisy/0.png");
  folder_.put_picture("photos/train/roses/0.png");
  expect_failure({"evaluate", model(), "--data", folder_.path("photos"), "--predictions", out("p.csv")},
                 "photos");
}

TEST_F(BadInput, ImpossibleImageSize) {
  for (const char* size : {"0", "-1", "2", "8192", "100000"}) {
    expect_failure(
        {"train", "--model", "small_cnn", "--data", kFewFlowers, "--image-size", size, "-o", out("x.keras")},
        size == std::string("8192") ? "GB" : size);
  }
}

TEST_F(BadInput, NanLoss) {
  expect_failure(train(kFewFlowers, {"--batch", "8", "--learning-rate", "1e30"}), "not finite");
  expect_failure(train(kFewFlowers, {"--steps-per-epoch", "1", "--learning-rate", "1e39"}), "not finite");
}

TEST_F(BadInput, UnknownModelOrLayer) {
  expect_failure({"summary", "smal_cnn"}, "did you mean 'small_cnn'?");
  expect_failure({"train", "--model", "nowhere.keras", "--data", kFewFlowers, "-o", out("x.keras")},
                 "nowhere.keras");
  expect_failure({"quantize", model(), "--layers", "conv9", "-o", out("x.keras")}, "layer");
  expect_failure(train(kFewFlowers, {"--freeze", "conv9"}), "conv9");
  const std::string config = folder_.put("c.json", R"({"layers": [{"match": "conv9", "quantize": false}]})");
  expect_failure({"quantize", model(), "--config", config, "-o", out("x.keras")}, "conv9");
}

TEST_F(BadInput, RangesThatAreNone) {
  expect_failure({"quantize", model(), "--range-init", "6,-6", "-o", out("x.keras")}, "minimum");
  expect_failure({"quantize", model(), "--range-init", "nan,6", "-o", out("x.keras")}, "finite");
}

TEST_F(BadInput, FilesCutShort) {
  const std::string file = folder_.path("whole.tflite");
  ASSERT_EQ(run_nudge({"convert", model(), "-o", file}).exit_code, 0);
  for (const std::string& whole : {model(), file}) {
    const std::string content = read_text_file(whole);
    // Behind a .tflite's model lie labels, which others read: they may be missing.
    const size_t end = whole == file ? content.find("PK\3\4") : content.size();
    ASSERT_LE(end, content.size());
    for (const size_t size : {end / 2, end - 1, size_t{40}}) {
      const std::string cut = folder_.put("cut" + whole.substr(whole.rfind('.')), content.substr(0, size));
      expect_failure({"evaluate", cut, "--data", kFewFlowers, "--predictions", out("p.csv")}, cut);
      expect_failure({"predict", cut, folder_.put_picture("a.png")}, cut);
    }
  }
}

TEST_F(BadInput, FolderInThePlaceOfAFile) {
  const std::string folder = folder_.path("folder.keras");
  std::filesystem::create_directory(folder);
  expect_failure({"summary", folder}, "folder");
  expect_failure({"inspect", folder}, "folder");
  expect_failure({"quantize", model(), "-o", folder}, "folder");
  expect_failure({"predict", model(), folder}, "folder");
  expect_failure({"quantize", model(), "--config", folder, "-o", out("x.keras")}, "folder");
}

TEST_F(BadInput, OutputThatCannotBeWritten) {
  const std::string nowhere = out("missing/x");
  expect_failure({"train", "--model", "small_cnn", "--data", kFewFlowers, "-o", nowhere + ".keras"}, nowhere);
  expect_failure({"quantize", model(), "-o", nowhere + ".keras"}, nowhere);
  expect_failure({"quantize", model(), "-o", out("x.h5")}, ".keras");
  expect_failure({"convert", model(), "-o", nowhere + ".tflite"}, nowhere);
  expect_failure({"convert", model(), "-o", out("x.keras")}, ".tflite");
  expect_failure({"evaluate", model(), "--data", kFewFlowers, "--predictions", nowhere}, nowhere);
  expect_failure({"summary", "small_cnn", "--json", nowhere}, nowhere);
  expect_failure({"summary", "small_cnn", "--json", out()}, "folder");
  const std::string file = folder_.put("file", "");
  expect_failure({"data", "make", "flowers", file, "--count", "10"}, file);
  expect_failure({"demo", "--out", file}, file);
  expect_failure(train(kFewFlowers, {"--log-dir", file}), file);
  expect_failure({"summary", "small_cnn", "--quiet", "--json", "/dev/full"}, "No space left");
}

TEST_F(BadInput, FileThatIsNoModel) {
  const std::string text = folder_.put("text.keras", "This is no model.");
  expect_failure({"summary", text}, text);
  expect_failure({"quantize", text, "-o", out("x.keras")}, text);
  expect_failure({"convert", text, "-o", out("x.tflite")}, text);
  expect_failure({"evaluate", text, "--data", kFewFlowers}, text);
  expect_failure({"predict", text, folder_.put_picture("a.png")}, text);
  expect_failure({"ranges", text}, text);
  expect_failure({"inspect", text}, text);
  expect_failure({"inspect", folder_.put("cut.tflite", std::string("\x1c\0\0\0TFL3\xff\xff", 10))},
                 "cut.tflite");
  expect_failure({"inspect", folder_.put("empty.tflite", "")}, "empty.tflite");
}

TEST_F(BadInput, ModelOfAnotherKind) {
  const std::string quantized = folder_.path("quantized.keras");
  ASSERT_EQ(run_nudge({"quantize", model(), "-o", quantized}).exit_code, 0);
  expect_failure({"inspect", model()}, "model.keras");
  expect_failure({"quantize", quantized, "-o", out("x.keras")}, "quantized already");
  expect_failure({"convert", quantized, "--representative", kFewFlowers, "-o", out("x.tflite")},
                 "quantized already");
  expect_failure({"convert", quantized, "-o", out("x.tflite")}, "no data has moved them");
  expect_failure({"convert", model(), "--input-type", "int8", "-o", out("x.tflite")}, "float32");
  expect_failure({"ranges", model()}, "not quantized");
}

TEST_F(BadInput, ModelForOtherImagesOrClasses) {
  const std::string data = photos("1.png", data::encode_png(Array::full<uint8_t>({4, 4, 3}, 9)));
  expect_failure({"evaluate", model(), "--data", data}, "2 classes");
  expect_failure(
      {"train", "--model", model(), "--image-size", "7", "--data", kFewFlowers, "-o", out("x.keras")},
      "--image-size 7");
}

TEST_F(BadInput, OutputsThatWouldReplaceInputs) {
  const std::string copy = folder_.put("copy.keras", read_text_file(model()));
  const std::string link = folder_.path("link.keras"), hard_link = folder_.path("hard.keras");
  std::filesystem::create_symlink(copy, link);
  std::filesystem::create_hard_link(copy, hard_link);
  for (const std::string& same : {copy, link, hard_link, folder_.path("out/../copy.keras")}) {
    expect_failure({"quantize", copy, "-o", same}, "would replace what model reads");
    expect_failure({"train", "--model", "small_cnn", "--weights", copy, "--data", kFewFlowers, "-o", same},
                   "what --weights reads");
    expect_failure({"summary", copy, "--json", same}, "--json " + same);
  }
  EXPECT_EQ(read_text_file(copy), read_text_file(model()));
  const std::string config = folder_.put("c.json", "{}");
  expect_failure({"quantize", copy, "--config", config, "-o", out("x.keras"), "--json", config},
                 "what --config reads");
  const std::string data = photos("letter.jpg", "no picture");
  expect_failure({"evaluate", copy, "--data", data, "--predictions", data + "/train/roses/letter.jpg"},
                 "which is read");
  EXPECT_EQ(read_text_file(data + "/train/roses/letter.jpg"), "no picture");
}

TEST_F(BadInput, OutputsThatWouldReplaceOneAnother) {
  const std::string file = out("x.keras");
  expect_failure({"quantize", model(), "-o", file, "--json", file}, "is written by");
  expect_failure(
      {"evaluate", model(), "--data", kFewFlowers, "--predictions", out("p"), "--json", out("./p")},
      "is written by");
  expect_failure({"train", "--model", model(), "--data", kFewFlowers, "-o", file, "--log-dir", out(),
                  "--json", out("history.png")},
                 "is written by");
  expect_failure({"train", "--model", model(), "--data", kFewFlowers, "-o", file, "--callbacks",
                  "csv_logger:filename=" + file},
                 "is written by");
  expect_failure({"train", "--model", model(), "--data", kFewFlowers, "-o", file, "--log-dir", out(),
                  "--callbacks", "range_logger:filename=" + out("ranges.csv")},
                 "is written by");
}

// /dev/null is everybody's.
TEST_F(BadInput, DevicesMayBeSharedByOutputs) {
  const ProgramResult result = run_nudge(
      {"evaluate", model(), "--data", kFewFlowers, "--predictions", "/dev/null", "--json", "/dev/null"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

TEST_F(BadInput, LayersThatNoneMatch) {
  const std::string no_layer = ": 'zzz' matches no layer of model 'small_cnn'";
  expect_failure({"quantize", model(), "--layers", "zzz", "-o", out("x.keras")}, "--layers" + no_layer);
  expect_failure({"quantize", model(), "--keep-float", "zzz", "-o", out("x.keras")},
                 "--keep-float" + no_layer);
  expect_failure(
      {"convert", model(), "--representative", kFewFlowers, "--keep-float", "zzz", "-o", out("x.tflite")},
      "--keep-float" + no_layer);
  expect_failure(train(kFewFlowers, {"--freeze", "zzz"}), "--freeze" + no_layer);
  expect_failure({"quantize", model(), "--keep-float", "(" + std::string(20'000, '('), "-o", out("x.keras")},
                 "is not a regular expression");
}

TEST_F(BadInput, AWrongValueIsSaidWithItsFlag) {
  const std::vector<std::vector<std::string>> of_training{{"--augment", "flop"},
                                                          {"--augment", "shift=2"},
                                                          {"--callbacks", "late_stopping"},
                                                          {"--class-weights", "heavy"},
                                                          {"--every", "often"},
                                                          {"--freeze", "("},
                                                          {"--freeze", "until:zzz"},
                                                          {"--head", "dense:many"},
                                                          {"--integer-validation", "often"},
                                                          {"--loss", "beauty"},
                                                          {"--loss", "huber:delta=-1"},
                                                          {"--loss", "zzz=huber"},
                                                          {"--loss-weights", "heavy"},
                                                          {"--loss-weights", "zzz=1"},
                                                          {"--metrics", "beauty"},
                                                          {"--metrics", "zzz=accuracy"},
                                                          {"--optimizer", "adam:beta_1=3"},
                                                          {"--preprocess", "blur"},
                                                          {"--ranges", "guessed"},
                                                          {"--schedule", "step:every=0"},
                                                          {"--learning-rate", "fast"}};
  // What the command line alone shows to be wrong is wrong usage, 2.
  const auto failure = AnyOf(1, 2);
  for (const std::vector<std::string>& flag : of_training) {
    std::vector<std::string> arguments = train(kFewFlowers, flag);
    if (flag.front() == "--every") arguments.insert(arguments.end(), {"--checkpoint", folder_.path("kept")});
    expect_failure(arguments, flag.front(), failure);
  }
  for (const auto& [flag, value] : {std::pair("--layers", "("), std::pair("--keep-float", "("),
                                    std::pair("--range-init", "3,1"), std::pair("--range-init", "low,high"),
                                    std::pair("--scheme", "none"), std::pair("--ema-decay", "2")}) {
    expect_failure({"quantize", model(), flag, value, "-o", out("x.keras")}, flag, failure);
  }
  for (const auto& [flag, value] :
       {std::pair("--calibration", "best"), std::pair("--calibration", "percentile:200"),
        std::pair("--keep-float", "("), std::pair("--search", "long"), std::pair("--split", "half")}) {
    expect_failure({"convert", model(), "--representative", kFewFlowers, flag, value, "-o", out("x.tflite")},
                   flag, failure);
  }
}

TEST_F(BadInput, QuantizeConfig) {
  const auto expect_bad = [&](const std::string& json, const std::string& cause) {
    const std::string config = folder_.put("c.json", json);
    expect_failure({"quantize", model(), "--config", config, "-o", out("x.keras")}, cause);
  };
  expect_bad("{", "c.json: not valid JSON");
  expect_bad("[]", "c.json: an object");
  expect_bad(R"({"layer": []})", "unknown key 'layer'");
  expect_bad(R"({"scheme": "other"})", "nudge or tfmot");
  expect_bad(R"({"ema_decay": "slow"})", "c.json: type must be number");
  expect_bad(R"({"layers": [{}]})", "layers[0]: \"match\" is missing");
  expect_bad(R"({"layers": [{"match": "*"}]})", "regular expression");
  expect_bad(R"({"layers": [{"match": "dense", "quantize": false, "quantizers": {}}]})", "has quantizers");
  expect_bad(
      R"({"layers": [{"match": "dense", "quantizers": {"output": {"class_name": "X", "config": {}}}}]})",
      "layers[0]: unknown quantizer class 'X'");
  expect_bad(R"({"layers": [{"match": "dense", "quantizers": {"output":
                 {"class_name": "MovingAverageQuantizer", "config": {"ema_decay": 0.9}}}}]})",
             "output: config: unknown key 'ema_decay'");
  expect_bad(R"({"layers": [{"match": "dense", "quantizers": {"weights":
                 {"gamma": {"class_name": "LastValueQuantizer", "config": {}}}}}]})",
             "weight 'gamma'");
}

}  // namespace
}  // namespace nudge::cli
