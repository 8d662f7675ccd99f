#include "train/run_folder.h"

#include "scrawl/error.h"
#include "scrawl/model.h"

#include "base/file_lock.h"
#include "base/file_system.h"
#include "base/files.h"

#include <deque>
#include <string>

namespace scrawl {
namespace {

using std::filesystem::path;

/// The result first and the recipe last, so that a half-removed run never looks finished. Includes pictures.
std::vector<path> in_order_of_removal(const RunFolder& run) {
  std::vector<path> files = {run.result, run.model, run.checkpoint, run.metrics, run.events};
  using namespace run_picture;
  for (const char* name : {curves_svg, curves_png, confusion_svg, confusion_png, mistakes, digits, weights,
                           classes, "report.html"})
    files.push_back(run.folder / name);
  files.push_back(run.recipe);
  return files;
}

void remove_member(const RunFolder& member) {
  remove_leftovers(member);
  for (const auto& file : in_order_of_removal(member)) remove_file(file);
  remove_file(member.lock);
  remove_if_empty(member.folder);  // unless it contains other files
}

path made_folder(const RunOptions& options) {
  if (options.next_free) return make_free_folder(options.folder);
  make_folder(options.folder);
  return options.folder;
}

}  // namespace

RunFolder::RunFolder(const path& run)
    : folder(run),
      recipe(folder / "recipe.toml"),
      metrics(folder / "metrics.csv"),
      events(folder / "events.out.tfevents.scrawl"),
      checkpoint(folder / "checkpoint.safetensors"),
      model(folder / "model.safetensors"),
      result(folder / "result.json"),
      lock(folder / ".lock") {}

RunFolder RunFolder::member(std::size_t number) const {
  return RunFolder(folder / ("member-" + std::to_string(number + 1)));
}

LockedRunFolder::LockedRunFolder(const RunOptions& options)
    : was_there_(!options.next_free && file_exists(options.folder)),
      folder_(made_folder(options)),
      had_lock_(file_exists(folder_.lock)) {
  try {
    lock_.emplace(folder_.lock);
  } catch (...) {
    if (!was_there_) remove_if_empty(folder_.folder);
    throw;
  }
}

LockedRunFolder::~LockedRunFolder() {
  if (kept_) return;
  if (!had_lock_) remove_quietly(folder_.lock);
  if (!was_there_) remove_if_empty(folder_.folder);
}

void check_nothing_is_lost(const RunFolder& run, const RunOptions& options) {
  if (options.overwrite) return;
  const char* const remedy = "--overwrite to replace it, or choose another folder with --out";
  if (file_exists(run.recipe)) {
    if (!options.resume)
      throw Error(ErrorCode::invalid_argument,
                  std::string("already contains a run; add --resume to continue it, ") + remedy,
                  run.folder.string());
    return;
  }
  auto all = in_order_of_removal(run);
  for (std::size_t k = 0; k < most_members; ++k) all.push_back(run.member(k).recipe);
  for (const auto& file : all)
    if (file_exists(file))
      throw Error(ErrorCode::invalid_argument,
                  std::string("exists, but without the recipe.toml of its run; add ") + remedy,
                  file.string());
}

void remove_run(const RunFolder& run) {
  std::vector<RunFolder> members;
  std::deque<FileLock> locks;  // no other process trains a member
  for (std::size_t k = 0; k < most_members; ++k) {
    const RunFolder member = run.member(k);
    const bool has_lock = file_exists(member.lock);
    if (has_lock) locks.emplace_back(member.lock);
    if (has_lock || file_exists(member.recipe)) members.push_back(member);
  }
  remove_file(run.result);
  for (const auto& member : members) remove_member(member);
  for (const auto& file : in_order_of_removal(run)) remove_file(file);
}

void remove_leftovers(const RunFolder& run) {
  for (const auto& entry : list_folder(run.folder)) {
    const std::string name = entry.filename().string();
    for (const auto& file : in_order_of_removal(run))
      if (name.starts_with(file.filename().string() + ".tmp-")) remove_file(entry);
  }
}

}  // namespace scrawl
