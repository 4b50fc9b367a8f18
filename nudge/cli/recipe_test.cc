// nudge run: recipes that are read, checked, run and gone on with.
#include "nudge/cli/recipe.h"

#include <gmock/gmock.h>

#include <csignal>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/test_folder.h"

namespace nudge::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

namespace fs = std::filesystem;

const std::string kExample = std::string(NUDGE_SOURCE_DIR) + "/examples/flowers.json";

Json json_of(const std::string& path) { return parse_json(read_text_file(path), path); }

TEST(Recipe, SectionsTakeWhatIsMadeBeforeThem) {
  const data::TestFolder folder;
  const Recipe recipe = read_recipe(folder.put("a.json", R"({"data": "photos", "folder": "out", "seed": 3,
        "compare": {}, "convert": {"output": "small.tflite"}, "qat": {"epochs": 2}, "quantize": {"scheme": "tfmot"},
        "ptq": {}, "train": {"model": "small_cnn", "data": "other"}})"));
  std::vector<std::string> names;
  for (const RecipeStep& step : recipe.steps) names.push_back(step.section);
  EXPECT_THAT(names, ElementsAre("train", "ptq", "quantize", "qat", "convert", "compare"));
  const auto options = [&](size_t step) { return recipe.steps[step].options; };
  EXPECT_EQ(options(0),
            Json::parse(R"({"model": "small_cnn", "data": "other", "output": "out/float.keras"})"));
  EXPECT_EQ(options(1), Json::parse(R"({"model": "out/float.keras", "representative": "photos",
                                        "output": "out/ptq.tflite"})"));
  EXPECT_EQ(options(2), Json::parse(R"({"scheme": "tfmot", "model": "out/float.keras",
                                        "output": "out/quantized.keras"})"));
  EXPECT_EQ(options(3), Json::parse(R"({"epochs": 2, "model": "out/quantized.keras", "data": "photos",
                                        "output": "out/qat.keras"})"));
  EXPECT_EQ(options(4), Json::parse(R"({"output": "small.tflite", "model": "out/qat.keras"})"));
  EXPECT_EQ(options(5)["models"], Json::parse(R"(["out/float.keras", "out/ptq.tflite", "out/qat.keras",
                                                  "small.tflite"])"));
  EXPECT_EQ(options(5)["report"], "out/report.html");
  EXPECT_EQ(read_recipe(folder.path("a.json"), "else").folder, "else");
}

struct WrongRecipe {
  std::string text;
  std::string message;  // behind the file's name
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest calls it by this name.
void PrintTo(const WrongRecipe& wrong, std::ostream* out) { *out << wrong.text; }

class WrongRecipes : public ::testing::TestWithParam<WrongRecipe> {};

TEST_P(WrongRecipes, AreSaidWithThePathOfTheKey) {
  const data::TestFolder folder;
  const std::string path = folder.put("a.json", GetParam().text);
  const ProgramResult result = run_nudge({"run", path, "--check", "--folder", folder.path("out")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("nudge: " + path + ": " + GetParam().message));
  EXPECT_FALSE(fs::exists(folder.path("out")));
}

// Of a section that is sound but for what is given in place of its epochs.
std::string training(const std::string& more) {
  return R"({"data": "builtin:flowers?count=20", "train": {"model": "small_cnn", )" + more + "}}";
}

INSTANTIATE_TEST_SUITE_P(
    Recipes, WrongRecipes,
    ::testing::Values(
        WrongRecipe{"[]", "a recipe is a JSON object"}, WrongRecipe{"{}", "holds no section"},
        WrongRecipe{R"({"trian": {}})", "trian: unknown; did you mean 'train'?"},
        WrongRecipe{R"({"train": 3})", "train: expected an object with options of nudge train, got 3"},
        WrongRecipe{R"({"data": 3, "train": {}})", "data: expected a text, got 3"},
        WrongRecipe{R"({"seed": -1, "train": {}})", "seed: expected a whole number, got -1"},
        WrongRecipe{training(R"("epochs": "3")"), "train.epochs: expected a number, got \"3\""},
        WrongRecipe{training(R"("epochs": 2.5)"), "train.epochs: Value 2.5 not in range"},
        WrongRecipe{training(R"("image-size": 32.5)"), "train.image-size: expected a whole number, got 32.5"},
        WrongRecipe{training(R"("epochs": 0)"), "train.epochs: Value 0 not in range"},
        WrongRecipe{training(R"("epoch": 3)"), "train.epoch: unknown; did you mean 'epochs'?"},
        WrongRecipe{training(R"("resume": "x")"), "train.resume: unknown"},
        WrongRecipe{training(R"("strict": 1)"), "train.strict: expected true or false, got 1"},
        WrongRecipe{training(R"("augment": ["flip"])"), "train.augment: expected a text, got"},
        WrongRecipe{training(R"("augment": "flop")"), "train.augment: augmentation 'flop'"},
        WrongRecipe{training(R"("optimizer": {"name": "magic"})"), "train.optimizer: "},
        WrongRecipe{training(R"("epochs": 3, "initial-epoch": 3)"), "train.epochs: must be above"},
        WrongRecipe{training(R"("learning-rate": 0)"), "train.learning-rate: "},
        WrongRecipe{R"({"train": {"model": "small_cnn"}})", "train.data: "},
        WrongRecipe{R"({"data": "nowhere", "train": {"model": "small_cnn"}})",
                    "train.data: nowhere: no such folder or file"},
        WrongRecipe{
            R"({"data": "builtin:flowers", "train": {"model": "no.keras"}})",
            "train.model: no.keras is neither a file, nor made by a section before, nor an application"},
        WrongRecipe{R"({"quantize": {}})", "quantize: model is required"},
        WrongRecipe{R"({"quantize": {"model": "small_cnn", "config": "c.json"}})",
                    "quantize.config: c.json is neither a file"},
        WrongRecipe{R"({"quantize": {"model": "small_cnn", "layers": "a", "config": "c"}})", "quantize."},
        WrongRecipe{R"({"convert": {"model": "small_cnn", "calibration": "mse"}})",
                    "convert.calibration: "}));

TEST(Run, AnExampleIsFreeOfMistakes) {
  const ProgramResult checked = run_nudge({"run", kExample, "--check"});
  EXPECT_EQ(checked.exit_code, 0) << checked.errors;
  EXPECT_THAT(checked.output, HasSubstr("nothing is wrong"));
  EXPECT_FALSE(fs::exists("flowers"));
}

// The example with outputs in `folder`, those of its checkpoints too.
std::string example_in(const data::TestFolder& folder, const std::string& name) {
  Json recipe = json_of(kExample);
  recipe["folder"] = folder.path(name);
  for (const char* section : {"train", "qat"}) {
    recipe[section]["checkpoint"] = folder.path(name + "/checkpoints-" + section);
    recipe[section]["every"] = "4";
  }
  return folder.put(name + ".json", dump_json(recipe));
}

TEST(Run, GoesFromDataToReport) {
  const data::TestFolder folder;
  const std::string recipe = example_in(folder, "a");
  const ProgramResult run = run_nudge({"run", recipe, "--json", folder.path("result.json")});
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  for (const char* file : {"float.keras", "ptq.tflite", "quantized.keras", "qat.keras", "model.tflite",
                           "report.html", "train.json", "compare.json"}) {
    EXPECT_TRUE(fs::exists(folder.path(std::string("a/") + file))) << file;
  }
  const Json result = json_of(folder.path("result.json"));
  EXPECT_EQ(result["files"]["qat"], folder.path("a/qat.keras"));
  EXPECT_EQ(result["sections"]["compare"]["models"].size(), 4u);
  EXPECT_EQ(result["sections"]["train"]["history"]["loss"].size(), 3u);
  EXPECT_EQ(result["sections"]["evaluate"]["accuracy"],
            result["sections"]["compare"]["models"][3]["accuracy"]);

  const ProgramResult again = run_nudge({"run", recipe, "--resume"});
  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_THAT(again.output, AllOf(HasSubstr("train: done before"), HasSubstr("compare: done before")));
  // What comes behind a section that changed is done again.
  Json changed = json_of(recipe);
  changed["convert"]["golden"] = 1;
  write_file(recipe, dump_json(changed));
  const ProgramResult other = run_nudge({"run", recipe, "--resume"});
  ASSERT_EQ(other.exit_code, 0) << other.errors;
  EXPECT_THAT(other.output, AllOf(HasSubstr("qat: done before"), Not(HasSubstr("convert: done before")),
                                  Not(HasSubstr("compare: done before"))));
}

TEST(Run, GoesOnWhereItWasEnded) {
  const data::TestFolder folder;
  const std::string broken = example_in(folder, "broken"), whole = example_in(folder, "whole");
  constexpr unsigned kEnd = 1500;
  const ProgramResult ended = run_nudge({"run", broken, "--threads", "1"}, {}, {SIGTERM, kEnd});
  EXPECT_THAT(ended.exit_code, testing::AnyOf(0, 128 + SIGTERM)) << ended.errors;
  ASSERT_EQ(run_nudge({"run", broken, "--threads", "1", "--resume"}).exit_code, 0);
  ASSERT_EQ(run_nudge({"run", whole, "--threads", "1"}).exit_code, 0);
  for (const char* file : {"float.keras", "qat.keras", "model.tflite"}) {
    EXPECT_EQ(read_file(folder.path(std::string("broken/") + file)),
              read_file(folder.path(std::string("whole/") + file)))
        << file;
  }
}

// Made from the flags that there are.
TEST(Run, TheSchemaHoldsEverySectionAndFlag) {
  const ProgramResult printed = run_nudge({"run", "--schema"});
  ASSERT_EQ(printed.exit_code, 0);
  const Json schema = parse_json(printed.output, "schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  const Json& sections = schema["properties"];
  for (const RecipeSection& section : recipe_sections()) {
    EXPECT_EQ(sections[section.name]["additionalProperties"], false) << section.name;
  }
  const Json& train = sections["train"]["properties"];
  EXPECT_EQ(train["epochs"]["type"], "number");
  EXPECT_EQ(train["reestimate-bn"]["type"], "boolean");
  EXPECT_TRUE(train["callbacks"].contains("anyOf"));
  EXPECT_FALSE(train.contains("json") || train.contains("resume") || train.contains("help"));
  EXPECT_TRUE(sections["compare"]["properties"].contains("models"));
  // What the example says is in it.
  const Json example = json_of(kExample);
  for (const auto& [name, value] : example.items()) {
    ASSERT_TRUE(sections.contains(name)) << name;
    if (!value.is_object()) continue;
    for (const auto& [key, option] : value.items()) {
      EXPECT_TRUE(sections[name]["properties"].contains(key)) << name << "." << key;
    }
  }
}

TEST(Run, NeedsARecipe) {
  const ProgramResult none = run_nudge({"run"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.errors, HasSubstr("recipe"));
  EXPECT_EQ(run_nudge({"run", "a.json", "--check", "--resume"}).exit_code, 2);
  EXPECT_EQ(run_nudge({"run", "nowhere.json"}).exit_code, 1);
}

}  // namespace
}  // namespace nudge::cli
