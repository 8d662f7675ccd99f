#include "base/files.h"
#include "base/process.h"
#include "document.h"
#include "testing.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <set>

/// The documents must stay true. CONTRIBUTING.md says how they are written for these tests.
namespace scrawl::test {
namespace {

namespace fs = std::filesystem;

const fs::path root = SCRAWL_ROOT;

std::vector<std::string> all_documents() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(root))
    if (entry.path().extension() == ".md") names.push_back(entry.path().filename());
  for (const auto& entry : fs::recursive_directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") names.push_back(entry.path().lexically_relative(root));
  std::sort(names.begin(), names.end());
  return names;
}

Document read_document(const std::string& name) { return parse_document(read_text_file(root / name)); }

std::vector<DocumentCommand> all_commands(const Document& document) {
  std::vector<DocumentCommand> all;
  for (const auto& block : document.blocks)
    if (block.kind == "console")
      for (auto& command : commands_of(block)) all.push_back(std::move(command));
  return all;
}

/// README.md for README.zh-CN.md, docs/X.md for docs/zh-CN/X.md; "" for what is no translation.
std::string original_of(const std::string& name) {
  constexpr std::string_view folder = "docs/zh-CN/";
  constexpr std::string_view ending = ".zh-CN.md";
  std::string original;
  if (name.starts_with(folder)) original = "docs/" + name.substr(folder.size());
  if (name.ends_with(ending)) original = name.substr(0, name.size() - ending.size()) + ".md";
  return fs::exists(root / original) ? original : "";
}

class Documents : public ::testing::TestWithParam<std::string> {};

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(0, info.param.size() - std::string_view(".md").size());
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Docs, Documents, ::testing::ValuesIn(all_documents()), test_name);

// ---- what blocks may hold

constexpr std::array<std::string_view, 15> kinds = {"console", "sh",     "text", "toml",    "cpp",
                                                    "c",       "python", "js",   "cmake",   "make",
                                                    "html",    "json",   "xml",  "mermaid", "bibtex"};

/// Notes of console blocks: "not-run: WHY", and "needs: weights/x.pkl", a file of $SCRAWL_TEST_DATA.
constexpr std::string_view not_run = "not-run: ";
constexpr std::string_view needs = "needs: ";

/// Set-up: what changes the machine or takes minutes. Nothing else may stand in a block that is not run.
constexpr std::array<std::string_view, 20> setup_words = {
    "scripts/",     "bench/", "cmake ",  "cpack", "ctest ", "sudo ",  "apt ",
    "apt-get ",     "git ",   "export ", "eval ", "cd ",    "pip ",   "npm ",
    "tensorboard ", "make",   "SCRAWL_", "dpkg ", "man ",   "source "};

TEST_P(Documents, HaveBlocksOfKnownKinds) {
  for (const auto& block : read_document(GetParam()).blocks) {
    const std::string place = GetParam() + ":" + std::to_string(block.line - 1);
    EXPECT_TRUE(std::find(kinds.begin(), kinds.end(), block.kind) != kinds.end())
        << place << ": '" << block.kind << "' is no kind of block; see \"Documents\" in CONTRIBUTING.md";
    if (block.kind == "console") {
      EXPECT_NO_THROW(commands_of(block)) << place;
      EXPECT_TRUE(block.note.empty() || block.note.starts_with(not_run) || block.note.starts_with(needs))
          << place << ": " << block.note;
    }
    for (const auto& line : block.lines) {
      EXPECT_FALSE(block.kind == "text" && line.starts_with("$ "))
          << place << ": commands belong into a console block";
      if (block.kind != "sh" || line.empty() || line.starts_with('#') || line.starts_with("  ")) continue;
      EXPECT_TRUE(std::any_of(setup_words.begin(), setup_words.end(),
                              [&](std::string_view word) { return line.starts_with(word); }))
          << place << ": '" << line << "' is no set-up; what can be run belongs into a console block";
    }
  }
}

TEST_P(Documents, QuoteFilesAsTheyAre) {
  for (const auto& block : read_document(GetParam()).blocks) {
    if (block.kind == "console" || block.note.empty() || !fs::exists(root / block.note)) continue;
    EXPECT_TRUE(is_quoted_from(block.lines, lines_of(read_text_file(root / block.note))))
        << GetParam() << ":" << block.line << ": these lines do not stand like this in " << block.note;
  }
}

TEST_P(Documents, LinkToWhatIsThere) {
  const fs::path folder = (root / GetParam()).parent_path();
  for (const auto& link : read_document(GetParam()).links) {
    if (link.target.find("://") != std::string::npos || link.target.starts_with("mailto:")) continue;
    const auto hash = std::min(link.target.find('#'), link.target.size());
    const fs::path path = link.target.substr(0, hash);
    const fs::path file = path.empty() ? root / GetParam() : (folder / path).lexically_normal();
    const std::string place = GetParam() + ":" + std::to_string(link.line) + ": " + link.target;
    if (!fs::exists(file.parent_path()) && file.parent_path().filename() == "pictures") continue;
    EXPECT_TRUE(fs::exists(file)) << place << ": there is no such file";
    if (hash == link.target.size() || file.extension() != ".md" || !fs::exists(file)) continue;
    const auto anchors = parse_document(read_text_file(file)).anchors;
    EXPECT_TRUE(std::find(anchors.begin(), anchors.end(), link.target.substr(hash + 1)) != anchors.end())
        << place << ": there is no such heading";
  }
}

constexpr std::array<std::string_view, 12> source_folders = {"bench/",   "cmake/",   "docs/",   "examples/",
                                                             "fuzz/",    "include/", "models/", "recipes/",
                                                             "scripts/", "src/",     "tests/",  "tools/"};

/// The folder before a placeholder: "src/kernels/" of "src/kernels/NAME.cpp" and "src/kernels/update*".
std::string before_placeholder(const std::string& path) {
  std::size_t at = path.size();
  for (const std::string_view placeholder : {"NAME", "*", "/X."}) at = std::min(at, path.find(placeholder));
  return at == path.size() ? path : path.substr(0, path.rfind('/', at));
}

TEST_P(Documents, NamePathsThatExist) {
  if (GetParam() == "CHANGELOG.md") return;  // names files of older versions
  for (const auto& word : read_document(GetParam()).code_words) {
    const bool is_path = std::any_of(source_folders.begin(), source_folders.end(),
                                     [&](std::string_view folder) { return word.text.starts_with(folder); });
    EXPECT_TRUE(!is_path || fs::exists(root / before_placeholder(word.text)))
        << GetParam() << ":" << word.line << ": there is no " << word.text;
  }
}

TEST_P(Documents, AreTranslatedWithTheirCommands) {
  const std::string original = original_of(GetParam());
  if (original.empty()) return;
  const auto theirs = all_commands(read_document(original));
  const auto ours = all_commands(read_document(GetParam()));
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
    ASSERT_EQ(ours[i].text, theirs[i].text)
        << GetParam() << ":" << ours[i].line << " and " << original << ":" << theirs[i].line << " differ";
    EXPECT_EQ(ours[i].output, theirs[i].output)
        << GetParam() << ":" << ours[i].line << ": output of " << ours[i].text;
  }
  EXPECT_EQ(ours.size(), theirs.size()) << "commands of " << GetParam() << " and of " << original;
}

TEST(Recipes, AreAllMentioned) {
  std::string everything;
  for (const auto& name : all_documents()) everything += read_text_file(root / name);
  for (const auto& entry : fs::directory_iterator(root / "recipes"))
    EXPECT_TRUE(contains(everything, "recipes/" + entry.path().filename().string())) << entry.path();
}

// ---- running them

/// A folder in which a document's commands run: with the recipes, models and examples, and MNIST in a cache
/// of its own.
class Stage {
 public:
  Stage() {
    for (const std::string name : {"recipes", "examples", "docs", "models"})
      if (fs::exists(root / name)) fs::copy(root / name, folder_ / name, fs::copy_options::recursive);
    const fs::path cache = folder_ / ".cache" / "scrawl";
    fs::create_directories(cache);
    if (has_mnist()) fs::create_directory_symlink(mnist(), cache / "mnist");
  }

  static bool has_mnist() { return fs::exists(mnist()); }
  const fs::path& path() const { return folder_.path(); }

 private:
  static fs::path mnist() {
    const fs::path caches = fs::path(environment("HOME").value_or("")) / ".cache";
    return environment("XDG_CACHE_HOME").value_or(caches.string()) / fs::path("scrawl/mnist");
  }

  TempFolder folder_;
};

/// ```toml my.toml: a file that the reader shall write.
void write_shown_file(const Block& block, const fs::path& folder) {
  if (block.kind == "console" || block.note.empty() || fs::exists(root / block.note)) return;
  std::string text;
  for (const auto& line : block.lines) text += line + "\n";
  fs::create_directories((folder / block.note).parent_path());
  write_file(folder / block.note, text);
}

/// Whether a console block can be run here; fetches the file that it needs.
bool can_run(const Block& block, const fs::path& folder) {
  if (!block.note.starts_with(needs)) return block.note.empty();
  const auto data = environment("SCRAWL_TEST_DATA");
  const fs::path file = fs::path(data.value_or("")) / block.note.substr(needs.size());
  if (!data || !fs::exists(file)) return false;
  fs::copy_file(file, folder / file.filename(), fs::copy_options::skip_existing);
  return true;
}

/// "step 600 of 10000:  6 % ...", which long runs print now and then.
bool is_progress(const std::string& line) {
  return line.starts_with("step ") && contains(line, " of ") && contains(line, " images/s");
}

void check_command(const DocumentCommand& command, const std::string& document, const fs::path& folder) {
  const auto result = run_process({"timeout", "300", "bash", "-c", command.text}, folder);
  const std::string what = document + ":" + std::to_string(command.line) + ": $ " + command.text;
  EXPECT_EQ(result.exit_code, command.status()) << what << "\n" << result.output;
  std::string shown;
  for (const auto& line : command.output) shown += line + "\n";
  auto printed = lines_of(result.output);
  std::erase_if(printed, is_progress);
  EXPECT_TRUE(output_matches(command.output, printed)) << what << "\n-- shown:\n"
                                                       << shown << "-- real:\n"
                                                       << result.output;
}

TEST_P(Documents, ShowWhatCommandsPrint) {
#ifdef SCRAWL_SANITIZED
  GTEST_SKIP() << "the commands would take too long";
#endif
  if (!original_of(GetParam()).empty()) return;  // the same commands
  const Document document = read_document(GetParam());
  if (all_commands(document).empty()) return;
  if (!Stage::has_mnist()) GTEST_SKIP() << "MNIST is not in the cache";
  const Stage stage;
  const std::string old_path = environment("PATH").value_or("/usr/bin:/bin");
  const EnvironmentGuard path("PATH", fs::path(SCRAWL_COMMAND).parent_path().string() + ":" + old_path);
  const EnvironmentGuard cache("XDG_CACHE_HOME", (stage.path() / ".cache").string());
  const EnvironmentGuard colour("NO_COLOR", "1");
  const EnvironmentGuard target("SCRAWL_TARGET", std::nullopt);
  for (const auto& block : document.blocks) {
    write_shown_file(block, stage.path());
    if (block.kind != "console" || !can_run(block, stage.path())) continue;
    for (const auto& command : commands_of(block)) {
      check_command(command, GetParam(), stage.path());
      if (HasFailure()) return;  // what follows may need what this should have made
    }
  }
}

}  // namespace
}  // namespace scrawl::test
