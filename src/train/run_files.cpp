#include "train/run_files.h"

#include "scrawl/ensemble.h"
#include "scrawl/error.h"

#include "base/file_lock.h"
#include "base/file_system.h"
#include "base/files.h"

#include <deque>
#include <string>

namespace scrawl {
namespace {

using std::filesystem::path;

void remove_member(const RunFiles& files) {
  remove_leftovers(files);
  for (const auto& file : files.in_order_of_removal()) remove_file(file);
  remove_file(files.lock);
  remove_if_empty(files.folder);  // unless somebody has put something into it
}

}  // namespace

RunFiles::RunFiles(const path& run)
    : folder(run),
      recipe(folder / "recipe.toml"),
      metrics(folder / "metrics.csv"),
      events(folder / "events.out.tfevents.scrawl"),
      checkpoint(folder / "checkpoint.safetensors"),
      model(folder / "model.safetensors"),
      result(folder / "result.json"),
      lock(folder / ".lock") {}

std::vector<path> RunFiles::in_order_of_removal() const {
  std::vector<path> files = {result, model, checkpoint, metrics, events};
  for (const auto name : run_picture_files) files.push_back(folder / name);
  files.push_back(recipe);
  return files;
}

path RunFiles::member(std::size_t number) const { return folder / ("member-" + std::to_string(number + 1)); }

namespace {

path made_folder(const RunOptions& options) {
  if (options.next_free) return make_free_folder(options.folder);
  make_folder(options.folder);
  return options.folder;
}

}  // namespace

RunFolder::RunFolder(const RunOptions& options)
    : was_there_(!options.next_free && file_exists(options.folder)),
      files_(made_folder(options)),
      had_lock_(file_exists(files_.lock)) {
  try {
    lock_.emplace(files_.lock);
  } catch (...) {
    if (!was_there_) remove_if_empty(files_.folder);
    throw;
  }
}

RunFolder::~RunFolder() {
  if (kept_) return;
  if (!had_lock_) remove_quietly(files_.lock);
  if (!was_there_) remove_if_empty(files_.folder);
}

void check_nothing_is_lost(const RunFiles& files, const RunOptions& options) {
  if (options.overwrite) return;
  const char* const remedy = "--overwrite to replace it, or choose another folder with --out";
  if (file_exists(files.recipe)) {
    if (!options.resume)
      throw Error(ErrorCode::invalid_argument,
                  std::string("holds a run already; add --resume to go on with it, ") + remedy,
                  files.folder.string());
    return;
  }
  auto all = files.in_order_of_removal();
  for (std::size_t k = 0; k < most_members; ++k) all.push_back(RunFiles(files.member(k)).recipe);
  for (const auto& file : all)
    if (file_exists(file))
      throw Error(ErrorCode::invalid_argument,
                  std::string("is there, but without the recipe.toml of its run; add ") + remedy,
                  file.string());
}

void remove_run(const RunFiles& files) {
  std::vector<RunFiles> members;
  std::deque<FileLock> locks;  // nobody trains a member by itself
  for (std::size_t k = 0; k < most_members; ++k) {
    const RunFiles member(files.member(k));
    const bool has_lock = file_exists(member.lock);
    if (has_lock) locks.emplace_back(member.lock);
    if (has_lock || file_exists(member.recipe)) members.push_back(member);
  }
  remove_file(files.result);
  for (const auto& member : members) remove_member(member);
  for (const auto& file : files.in_order_of_removal()) remove_file(file);
}

void remove_leftovers(const RunFiles& files) {
  for (const auto& entry : list_folder(files.folder)) {
    const std::string name = entry.filename().string();
    for (const auto& file : files.in_order_of_removal())
      if (name.starts_with(file.filename().string() + ".tmp-")) remove_file(entry);
  }
}

}  // namespace scrawl
