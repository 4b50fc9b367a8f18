// Files that are made to hurt: each kind ends in an error that says what is wrong, before time or memory is
// spent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/test_folder.h"
#include "nudge/graph/summary.h"
#include "nudge/keras/archive_edit_test.h"
#include "nudge/keras/keras_files_test.h"
#include "nudge/keras/raw_h5_test.h"
#include "nudge/keras/save.h"
#include "nudge/keras/test_models.h"

namespace nudge::keras {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class MalformedFiles : public testing::Test {
 protected:
  MalformedFiles() {
    reset_layer_names();
    const ModelPtr model = functional_model();
    model->initialize(1);
    save_model(*model, file_);
  }

  void expect_refused(const std::string& why) const {
    EXPECT_THAT([&] { load_model(file_); },
                ThrowsMessage<InputError>(AllOf(HasSubstr(file_), HasSubstr(why))));
    EXPECT_THROW(load_outline(file_), InputError);
  }
  // A file of one model after another, each refused.
  void expect_changed_refused(const std::function<void(Json&)>& change, const std::string& why) {
    const auto good = read_file(file_);
    change_config(file_, change);
    expect_refused(why);
    write_file(file_, good);
  }

  TestFolder folder_;
  std::string file_ = folder_.path("model.keras");
};

// An HDF5 file of one group "layers", to which `add` adds.
std::vector<std::byte> h5_with(const std::function<void(hid_t layers)>& add) {
  return raw_h5([&](hid_t file) {
    const hid_t layers = H5Gcreate2(file, "layers", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add(layers);
    H5Gclose(layers);
  });
}

TEST_F(MalformedFiles, LinksInHdf5AreNotFollowed) {
  replace_member(file_, kWeights, h5_with([](hid_t layers) {
                   H5Lcreate_external("/etc/passwd", "/", layers, "conv2d", H5P_DEFAULT, H5P_DEFAULT);
                 }));
  EXPECT_THAT([&] { load_model(file_); }, ThrowsMessage<InputError>(HasSubstr("/layers/conv2d: is a link")));
  replace_member(file_, kWeights, h5_with([](hid_t layers) {
                   H5Lcreate_soft("/layers/conv2d", layers, "conv2d", H5P_DEFAULT, H5P_DEFAULT);
                 }));
  EXPECT_THAT([&] { load_model(file_); }, ThrowsMessage<InputError>(HasSubstr("/layers/conv2d: is a link")));
  // A group within itself, under two names: followed without end, it has 2^32 members at depth 32.
  const auto cycle = [](hid_t layers) {
    H5Lcreate_hard(layers, ".", layers, "conv2d", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(layers, ".", layers, "b", H5P_DEFAULT, H5P_DEFAULT);
  };
  replace_member(file_, kWeights, h5_with(cycle));
  EXPECT_THAT([&] { load_model(file_); }, ThrowsMessage<InputError>(HasSubstr("has several names")));
  replace_member(file_, kSideArrays, h5_with(cycle));
  EXPECT_THAT([&] { load_saved(file_); }, ThrowsMessage<InputError>(HasSubstr("has several names")));
}

TEST_F(MalformedFiles, ArraysThatAreNowhereWrittenAreNotMadeUp) {
  // Chunks that were never written take no room: 1000 arrays of 16 MB each in a file of some 100 KB.
  replace_member(file_, kSideArrays, h5_with([](hid_t layers) {
                   const hsize_t size = hsize_t{4} << 20, chunk = 1024;
                   const hid_t space = H5Screate_simple(1, &size, nullptr);
                   const hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
                   H5Pset_chunk(chunked, 1, &chunk);
                   for (int i = 0; i < 1000; ++i) {
                     H5Dclose(H5Dcreate2(layers, std::to_string(i).c_str(), H5T_IEEE_F32LE, space,
                                         H5P_DEFAULT, chunked, H5P_DEFAULT));
                   }
                   H5Pclose(chunked);
                   H5Sclose(space);
                 }));
  EXPECT_THAT([&] { load_saved(file_); }, ThrowsMessage<InputError>(HasSubstr("holds more data")));
}

// What names that may each be as long as the longest text of the file add up to.
TEST_F(MalformedFiles, ListsThatMayBeOneLongTextOverAndOver) {
  const auto image = h5_with([](hid_t layers) {
    const auto write = [layers](const char* name, const std::vector<const char*>& texts) {
      const hid_t type = H5Tcopy(H5T_C_S1);
      H5Tset_size(type, H5T_VARIABLE);
      const hsize_t count = texts.size();
      const hid_t space = H5Screate_simple(1, &count, nullptr);
      const hid_t attribute = H5Acreate2(layers, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
      H5Awrite(attribute, type, texts.data());
      H5Aclose(attribute);
      H5Sclose(space);
      H5Tclose(type);
    };
    const std::string text(size_t{1} << 20, 'x');
    write("long", {text.c_str()});
    write("names", std::vector<const char*>(1000, "name"));
    write("many", std::vector<const char*>(4000, "name"));
  });
  const H5Group group = H5File::from_image(image, "long.h5").root().group("layers");
  EXPECT_EQ(group.text_attribute("long")->size(), size_t{1} << 20);
  EXPECT_EQ(group.texts_attribute("names")->size(), 1000U);
  EXPECT_THAT([&] { group.texts_attribute("many"); },
              ThrowsMessage<InputError>(HasSubstr("may stand for more text")));
}

TEST_F(MalformedFiles, TruncatedWholeModelsInH5) {
  const auto whole = h5_from_json(read_keras2_models()["sequential"]["h5"]);
  for (size_t size = 8; size < whole.size(); size += 1 + whole.size() / 53) {
    SCOPED_TRACE(size);
    write_file(file_, std::span(whole).first(size));
    expect_refused("");
  }
}

TEST_F(MalformedFiles, LayersInACircle) {
  const auto feeds = [](Json& net, size_t layer, const std::string& from) {
    net["layers"][layer]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = {from, 0, 0};
  };
  expect_changed_refused([&](Json& net) { feeds(net, 2, "re_lu"); }, "is part of a loop");
  expect_changed_refused([&](Json& net) { feeds(net, 1, "conv2d"); }, "is part of a loop");
}

TEST_F(MalformedFiles, ChainsInAnyOrderAndOfAnyLength) {
  const auto make_chain = [](Json& net, int length) {
    const Json input = net["layers"][0], output = net["layers"].back();
    Json layer = net["layers"][3];
    Json layers = Json::array();
    // The last comes first, so that each must wait for all behind it.
    for (int i = length; i > 0; --i) {
      layer["name"] = layer["config"]["name"] = "r" + std::to_string(i);
      layer["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = {
          i == 1 ? "image" : "r" + std::to_string(i - 1), 0, 0};
      layers.push_back(layer);
    }
    layers.push_back(input);
    net["layers"] = layers;
    net["output_layers"] = {"r" + std::to_string(length), 0, 0};
  };
  // Longer than the stack is deep.
  change_config(file_, [&](Json& net) { make_chain(net, 20'000); });
  const ModelPtr model = load_model(file_);
  EXPECT_EQ(model->layers().size(), 20'001U);
  EXPECT_EQ(summary_rows(*model).back().connected_to.front(), "r19999[0][0]");
}

TEST_F(MalformedFiles, StacksOfAnyLength) {
  const auto make_stack = [](Json& json, int length) {
    Json layers = Json::array({json["config"]["layers"][0]});
    for (int i = 0; i < length; ++i) {
      layers.push_back({{"class_name", "ReLU"}, {"config", {{"name", "r" + std::to_string(i)}}}});
    }
    json = {{"class_name", "Sequential"}, {"config", {{"name", "stack"}, {"layers", layers}}}};
  };
  Json config = parse_json(ArchiveReader(read_file(file_), file_).read_text(kConfig), file_);
  Json long_one = config;
  make_stack(long_one, 60'000);
  replace_member(file_, kConfig, bytes_of(dump_json(long_one)));
  expect_refused("over 50000 layers and calls");
  make_stack(config, 20'000);
  replace_member(file_, kConfig, bytes_of(dump_json(config)));
  EXPECT_EQ(load_model(file_)->layers().size(), 20'001U);
}

TEST_F(MalformedFiles, WeightsThatAreNotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    reset_layer_names();
    const ModelPtr model = functional_model();
    model->initialize(1);
    model->layer("conv2d").weight("kernel").value.data<float>()[1] = bad;
    save_model(*model, file_);
    EXPECT_THAT(
        [&] { load_model(file_); },
        ThrowsMessage<InputError>(AllOf(HasSubstr("weight 'kernel' of layer 'conv2d': [0, 0, 0, 1] is "),
                                        HasSubstr("must be finite"))));
    EXPECT_NO_THROW(load_outline(file_)) << "what it is made of can still be seen";
  }
}

TEST_F(MalformedFiles, ModelsWithinModelsThatMultiply) {
  change_config(file_, [](Json& net) {
    const Json call = net["layers"][3]["inbound_nodes"][0];
    const Json input = net["layers"][0];
    const auto called_on = [&](const std::string& from, int64_t which) {
      Json made = call;
      made["args"][0]["config"]["keras_history"] = {from, which, 0};
      return made;
    };
    Json inner = net["layers"][3];
    inner["name"] = inner["config"]["name"] = "level0";
    for (int level = 1; level < 30; ++level) {
      const std::string below = "level" + std::to_string(level - 1);
      inner["inbound_nodes"] = Json::array({called_on("image", 0), called_on(below, 0)});
      Json outer = {{"class_name", "Functional"}, {"name", "level" + std::to_string(level)}};
      const int64_t first = level == 1 ? 0 : 1;
      outer["config"] = {{"name", "level" + std::to_string(level)},
                         {"layers", {input, inner}},
                         {"input_layers", {"image", 0, 0}},
                         {"output_layers", {below, first + 1, 0}}};
      inner = outer;
    }
    net = inner["config"];
  });
  expect_refused("calls models within models over 100000 times");
}

TEST_F(MalformedFiles, ShapesBeyondAnyMachine) {
  const auto takes = [this](int64_t size, const std::string& why) {
    expect_changed_refused(
        [&](Json& net) {
          net["layers"][0]["config"]["batch_shape"] = {nullptr, size, size, 3};
        },
        why);
  };
  takes(1'000'000'000'000, "layer 'conv2d' (Conv2D): expected definite 32-bit dimensions");
  takes(2'000'000'000,
        "layer 'image' (InputLayer): its output (None, 2000000000, 2000000000, 3) is too large");
  for (const int64_t size : {int64_t{1'000'000'000'000}, INT64_MAX}) {
    expect_changed_refused([&](Json& net) { net["layers"][1]["config"]["filters"] = size; },
                           "layer 'conv2d' (Conv2D): filters must be a positive 32-bit number");
    expect_changed_refused([&](Json& net) { net["layers"].back()["config"]["units"] = size; },
                           "layer 'dense' (Dense): units must be a positive 32-bit number");
  }
}

TEST_F(MalformedFiles, NamesThatAreTakenTwice) {
  expect_changed_refused([](Json& net) { net["layers"][2]["name"] = "conv2d"; },
                         "two layers are named 'conv2d'");
  Json h5 = read_keras2_models()["sequential"]["h5"];
  Json& names = h5["groups"]["model_weights"]["attributes"]["layer_names"];
  names.push_back(names[0]);
  write_file(file_, h5_from_json(h5));
  EXPECT_THAT([&] { load_model(file_); },
              ThrowsMessage<InputError>(HasSubstr("two layers are named 'conv2d'")));
}

TEST_F(MalformedFiles, DeepAndHugeJson) {
  const std::string open = R"({"class_name": "Functional", "config": {"name": ")";
  replace_member(file_, kConfig, bytes_of(open + std::string(size_t{15} << 20, 'x')));
  expect_refused("not valid JSON");
  replace_member(file_, kConfig, bytes_of(std::string(1'000'000, '[')));
  expect_refused("nested 201 deep");
  std::string many = R"({"class_name": "Functional", "config": [0)";
  for (int i = 0; i < 3'000'000; ++i) many += ",0";
  replace_member(file_, kConfig, bytes_of(many + "]}"));
  expect_refused("over 2000000 values");
}

// Zeros that take a thousandth of their size in the archive.
void replace_by_bomb(const std::string& path, const std::string& member, size_t size) {
  replace_member(path, member, {});
  zip_t* zip = zip_open(path.c_str(), 0, nullptr);
  ASSERT_NE(zip, nullptr);
  const std::vector<char> zeros(size, ' ');
  ASSERT_GE(zip_file_add(zip, member.c_str(), zip_source_buffer(zip, zeros.data(), zeros.size(), 0), 0), 0);
  ASSERT_EQ(zip_close(zip), 0);
}

TEST_F(MalformedFiles, ArchivesThatUnpackToFarMore) {
  const auto good = read_file(file_);
  for (const char* member : {kConfig, kWeights, kSideJson, kSideArrays}) {
    replace_by_bomb(file_, member, size_t{20} << 20);
    EXPECT_THAT([&] { load_model(file_); },
                ThrowsMessage<InputError>(HasSubstr(std::string(member) + ": declares 20971520 bytes")));
    write_file(file_, good);
  }
  // Less is refused where the model needs less.
  replace_by_bomb(file_, kWeights, size_t{8} << 20);
  EXPECT_THAT([&] { load_model(file_); },
              ThrowsMessage<InputError>(HasSubstr("model.weights.h5: declares 8388608 bytes")));
}

TEST_F(MalformedFiles, MembersOutsideTheArchive) {
  for (const char* name : {"../evil.so", "assets/../../../evil.so", "/etc/cron.d/evil"}) {
    const auto good = read_file(file_);
    replace_member(file_, name, bytes_of("x"));
    expect_refused("names a place outside the archive");
    write_file(file_, good);
  }
}

}  // namespace
}  // namespace nudge::keras
