#include "nudge/keras/save.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/keras/archive_edit_test.h"
#include "nudge/keras/file_kind.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/test_models.h"
#include "nudge/keras/weights.h"
#include "nudge/quantize/quantize.h"

namespace nudge::keras {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Save : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        testing::TempDir() + "nudge_save_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  // A good archive with one member replaced; an empty content takes the member away.
  std::string changed(const std::string& member, const std::vector<std::byte>& content) {
    save_model(*model_, path("changed.keras"));
    replace_member(path("changed.keras"), member, content);
    return path("changed.keras");
  }
  std::string with_text(const std::string& member, const std::string& text) {
    return changed(member, bytes_of(text));
  }
  // A good archive whose weights file is made by `write`.
  std::string with_weights(const std::function<void(H5Group)>& write) {
    const H5File file = H5File::create("weights");
    write(file.root());
    return changed("model.weights.h5", file.image());
  }
  template <typename E>
  void expect_refused(const std::string& file, const std::string& message) {
    EXPECT_THAT([&] { load_model(file); }, ThrowsMessage<E>(AllOf(HasSubstr(file), HasSubstr(message))));
  }

  std::string folder_;
  ModelPtr model_ = test_models().front().model;
};

void expect_same_weights(const Model& a, const Model& b) {
  const auto left = a.weights(), right = b.weights();
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i]->name, right[i]->name);
    EXPECT_EQ(left[i]->trainable, right[i]->trainable);
    EXPECT_TRUE(identical(left[i]->value, right[i]->value)) << left[i]->name;
  }
}

TEST_F(Save, RoundTripsEveryStructureBitForBit) {
  for (const TestModel& test : test_models()) {
    SCOPED_TRACE(test.name);
    const std::string file = path(test.name + ".keras");
    save_model(*test.model, file);
    const ModelPtr read = load_model(file);
    EXPECT_EQ(model_to_json(*read), model_to_json(*test.model));
    expect_same_weights(*read, *test.model);
  }
}

TEST_F(Save, AnUnpackedArchiveIsReadFromItsFolder) {
  save_model(*model_, path("model.keras"), {.card = {.preprocessing = "tf"}});
  const ArchiveReader archive(read_file(path("model.keras")), "model.keras");
  fs::create_directory(path("unpacked"));
  for (const std::string& name : archive.names()) write_file(path("unpacked/") + name, archive.read(name));
  EXPECT_EQ(file_kind(path("unpacked")), FileKind::kKerasFolder);
  const Saved saved = load_saved(path("unpacked"));
  EXPECT_EQ(model_to_json(*saved.model), model_to_json(*model_));
  expect_same_weights(*saved.model, *model_);
  EXPECT_EQ(saved.card.preprocessing, "tf");
  EXPECT_EQ(load_outline(path("unpacked")).model->layers().size(), model_->layers().size());

  write_file(path("unpacked/model.weights.h5"), std::vector<std::byte>(size_t{20} << 20));
  expect_refused<InputError>(path("unpacked"), "model.weights.h5: has 20971520 bytes, at most");
  fs::remove(path("unpacked/model.weights.h5"));
  expect_refused<InputError>(path("unpacked"), "model.weights.h5: is missing from the folder");
}

TEST_F(Save, AWholeModelInH5ComesBack) {
  for (const TestModel& test : test_models()) {
    SCOPED_TRACE(test.name);
    const std::string file = path(test.name + ".h5");
    SideData side;
    side.json = std::make_shared<Json>(Json{{"history", {1, 2}}});
    save_model(*test.model, file, {.card = {.preprocessing = "tf"}, .side = side});
    EXPECT_EQ(file_kind(file), FileKind::kLegacyH5);
    const Saved read = load_saved(file);
    EXPECT_EQ(model_to_json(*read.model), model_to_json(*test.model));
    expect_same_weights(*read.model, *test.model);
    EXPECT_EQ(read.card.preprocessing, "tf");
    ASSERT_NE(read.side.json, nullptr);
    EXPECT_EQ(*read.side.json, *side.json);
  }
}

TEST_F(Save, H5SaysWhatItDoesNotHold) {
  const std::string file = path("model.h5");
  EXPECT_THAT(
      [&] {
        save_model(*model_, file, {.side = {nullptr, {{"x", Array({2})}}}});
      },
      ThrowsMessage<ValueError>(AllOf(HasSubstr(file), HasSubstr("end the name in .keras"))));
  EXPECT_THAT([&] { save_model(*quantize::quantize_model(*model_), file); },
              ThrowsMessage<ValueError>(HasSubstr("holds float models only")));
  EXPECT_THAT([&] { save_model(*functional_model(), file); },
              ThrowsMessage<ValueError>(HasSubstr("has no value")));
  EXPECT_FALSE(fs::exists(file));
}

// More names than one attribute of HDF5 holds.
TEST_F(Save, H5TakesLongListsOfNames) {
  reset_layer_names();
  Tensor x = input({2}, "x");
  const Tensor start = x;
  const std::string long_name(200, 'n');
  for (int i = 0; i < 400; ++i) x = layers::dense(x, {.units = 2, .name = long_name + std::to_string(i)});
  const ModelPtr model = make_model(start, x, "long");
  model->initialize(1);
  save_model(*model, path("long.h5"));
  expect_same_weights(*load_model(path("long.h5")), *model);
}

TEST_F(Save, CarriesSideData) {
  const SideData side{
      std::make_shared<Json>(Json{{"history", {{"loss", {0.5, 0.25}}}}, {"qat_start_epoch", 10}}),
      {{"optimizer/iterations", Array::scalar<int64_t>(40)}}};
  save_model(*model_, path("model.keras"), {.side = side});
  const Saved saved = load_saved(path("model.keras"));
  ASSERT_NE(saved.side.json, nullptr);
  EXPECT_EQ(*saved.side.json, *side.json);
  ASSERT_EQ(saved.side.arrays.size(), 1U);
  EXPECT_TRUE(identical(saved.side.arrays.at("optimizer/iterations"), Array::scalar<int64_t>(40)));
  save_model(*model_, path("plain.keras"));
  EXPECT_EQ(load_saved(path("plain.keras")).side.json, nullptr);
}

TEST_F(Save, TheCardComesBack) {
  save_model(*model_, path("model.keras"), {.card = {.preprocessing = "tf", .classes = {"a", "b"}}});
  EXPECT_EQ(load_saved(path("model.keras")).card.preprocessing, "tf");
  EXPECT_EQ(load_saved(path("model.keras")).card.classes.size(), 2U);
  EXPECT_EQ(load_saved(path("model.keras")).side.json, nullptr);
}

// Before cards had a member of their own, nudge.json held them.
TEST_F(Save, AnOlderFilesCardIsReadFromItsSideData) {
  SideData side;
  side.json = std::make_shared<Json>(Json{{"preprocessing", "rescale"}, {"training", {{"history", {}}}}});
  save_model(*model_, path("old.keras"), {.side = side});
  EXPECT_EQ(load_saved(path("old.keras")).card.preprocessing, "rescale");
}

TEST_F(Save, LeavesTheOldFileWhenItFails) {
  const std::string file = path("model.keras");
  save_model(*model_, file);
  const auto before = read_file(file);
  const ModelPtr empty = functional_model();
  EXPECT_THAT([&] { save_model(*empty, file); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("weight 'kernel'"), HasSubstr("has no value"))));
  EXPECT_EQ(read_file(file), before);
  EXPECT_THROW(save_model(*model_, file, {.side = {nullptr, {{"mask", Array({2}, DataType::kBool)}}}}),
               UnsupportedError);
  EXPECT_EQ(read_file(file), before);
  EXPECT_THAT([&] { save_model(*model_, path("missing/model.keras")); },
              ThrowsMessage<OutputError>(HasSubstr("missing/model.keras")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(Save, TellsOtherKindsOfFiles) {
  write_file(path("old.h5"), std::string("\x89HDF\r\n\x1a\n and more"));
  write_file(path("lite.tflite"), std::string("\x1c\0\0\0TFL3 and more", 17));
  write_file(path("text.keras"), std::string("hello"));
  write_file(path("empty.keras"), std::string());
  EXPECT_EQ(file_kind(path("old.h5")), FileKind::kLegacyH5);
  EXPECT_EQ(file_kind(path("lite.tflite")), FileKind::kTflite);
  EXPECT_EQ(file_kind(path("empty.keras")), FileKind::kUnknown);
  expect_refused<InputError>(path("old.h5"), "is no readable HDF5 data");
  expect_refused<UnsupportedError>(path("lite.tflite"), "is a TFLite file");
  expect_refused<InputError>(path("text.keras"), "is no Keras model");
  expect_refused<InputError>(path("empty.keras"), "is no Keras model");
  expect_refused<InputError>(path("nowhere.keras"), "cannot be read");
  expect_refused<InputError>(folder_, "is a folder");
}

TEST_F(Save, RefusesEveryTruncation) {
  save_model(*model_, path("good.keras"));
  const auto whole = read_file(path("good.keras"));
  for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 97) {
    SCOPED_TRACE(size);
    write_file(path("cut.keras"), std::span(whole).first(size));
    expect_refused<InputError>(path("cut.keras"), "");
  }
}

TEST_F(Save, NamesADamagedOrMissingMember) {
  expect_refused<InputError>(changed("config.json", {}), "no config.json");
  expect_refused<InputError>(changed("model.weights.h5", {}), "model.weights.h5: is missing");
  expect_refused<InputError>(with_text("config.json", "{\"config\": "), "config.json: not valid JSON");
  expect_refused<InputError>(with_text("config.json", "{}"), "config.json");
  expect_refused<InputError>(with_text("model.weights.h5", "not HDF5"), "model.weights.h5");
  expect_refused<InputError>(with_text("nudge.json", "]"), "nudge.json");
  expect_refused<InputError>(with_text("nudge.arrays.h5", "not HDF5"), "nudge.arrays.h5");
}

TEST_F(Save, NamesAnUnknownLayerClass) {
  Json config = model_to_json(*model_);
  config["config"]["layers"][1]["class_name"] = "CapsuleRouting";
  expect_refused<UnsupportedError>(with_text("config.json", config.dump()), "(CapsuleRouting)");
}

// The weights of a model like `model_`, one group of them changed.
struct WeightsChange {
  std::string message;
  std::function<void(H5Group vars)> write;  // in place of the first convolution's
};

TEST_F(Save, NamesTheWeightThatDoesNotFit) {
  const Array kernel(Shape{3, 3, 3, 4}), bias(Shape{4});
  const std::vector<WeightsChange> changes = {
      {"needs 2 weights, the file has 1", [&](H5Group vars) { vars.write("0", kernel); }},
      {"weight 'kernel' of layer 'conv2d' must have shape (3, 3, 3, 4), the file has (3, 3, 3, 5)",
       [&](H5Group vars) {
         vars.write("0", Array(Shape{3, 3, 3, 5}));
         vars.write("1", bias);
       }},
      {"weight 'bias' of layer 'conv2d' must be floating point, the file has int32",
       [&](H5Group vars) {
         vars.write("0", kernel);
         vars.write("1", Array(Shape{4}, DataType::kInt32));
       }},
      {"/layers/conv2d/vars/1: is missing",
       [&](H5Group vars) {
         vars.write("0", kernel);
         vars.write("2", bias);
       }},
  };
  for (const WeightsChange& change : changes) {
    SCOPED_TRACE(change.message);
    expect_refused<InputError>(
        with_weights([&](H5Group root) {
          change.write(root.make_group("layers").make_group("conv2d").make_group("vars"));
        }),
        change.message);
  }
  expect_refused<InputError>(with_weights([](const H5Group&) {}), "only the layout of Keras 3");
  expect_refused<InputError>(with_weights([](H5Group root) { root.make_group("layers"); }),
                             "/layers/conv2d: is missing, so layer 'conv2d' has no weights");
  expect_refused<InputError>(
      with_weights([](H5Group root) { root.make_group("layers").make_group("conv2d"); }),
      "/layers/conv2d/vars: is missing");
}

TEST_F(Save, TakesDoublePrecisionWeights) {
  const Tensor x = input({1});
  model_ = make_model(x, layers::dense(x, {.units = 1, .use_bias = false}));
  model_->initialize(1);
  const std::string file = with_weights([](H5Group root) {
    root.make_group("layers").make_group("dense").make_group("vars").write("0",
                                                                           Array::of<double>({1, 1}, {0.1}));
  });
  EXPECT_EQ(load_model(file)->weights()[0]->value.data<float>()[0], 0.1F);
}

}  // namespace
}  // namespace nudge::keras
