#include "formats/torch.h"

#include "scrawl/error.h"

#include "formats/pickle.h"
#include "formats/zip.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace scrawl {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view pickle_name = "data.pkl";
constexpr std::uint64_t free_tensor_data = std::uint64_t{1} << 20;
constexpr const char* remedy =
    "in Python, save the weights alone with torch.save(model.state_dict(), \"weights.pt\")";

/// torch.save's files are zip files whose entries lie in one folder.
struct Archive {
  Bytes pickle;
  std::map<std::string, Bytes> storages;  ///< by their keys
  std::string byte_order = "little";
  std::uint64_t size = 0;  ///< unpacked
};

Archive open_archive(std::span<const std::byte> bytes, const std::string& file, const UnpackLimits& limits) {
  auto entries = read_zip(bytes, file, limits);
  const auto pickle = std::find_if(entries.begin(), entries.end(), [](const ZipEntry& entry) {
    return entry.name == pickle_name || entry.name.ends_with("/data.pkl");
  });
  if (pickle == entries.end())
    throw Error(ErrorCode::bad_data,
                std::string("is a zip file, but not one from torch.save: data.pkl is missing; ") + remedy,
                file);
  const std::string folder = pickle->name.substr(0, pickle->name.size() - pickle_name.size());
  const std::string storage_folder = folder + "data/";
  Archive archive;
  for (auto& [name, data] : entries) {
    archive.size += data.size();
    if (name == folder + "data.pkl")
      archive.pickle = std::move(data);
    else if (name == folder + "byteorder")
      archive.byte_order.assign(reinterpret_cast<const char*>(data.data()), data.size());
    else if (name.starts_with(storage_folder))
      archive.storages.emplace(name.substr(storage_folder.size()), std::move(data));
  }
  return archive;
}

}  // namespace

bool is_legacy_torch(std::span<const std::byte> bytes) {
  // A pickle of the number 0x1950a86a20f9469cfc6c.
  constexpr std::string_view magic = "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19."sv;
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).starts_with(magic);
}

std::vector<Tensor> parse_torch(std::span<const std::byte> bytes, const std::string& file,
                                const UnpackLimits& limits) {
  if (is_legacy_torch(bytes))
    throw Error(ErrorCode::unsupported,
                "is of the form that PyTorch wrote before version 1.6; in Python, load and save it again: "
                "torch.save(torch.load(\"old.pt\", map_location=\"cpu\"), \"weights.pt\")",
                file, 0);
  Archive archive = open_archive(bytes, file, limits);
  if (archive.byte_order != "little")
    throw Error(ErrorCode::unsupported,
                "was written on a big-endian machine; load and save it again on a little-endian one", file);
  const std::string place = file + ", data.pkl";
  const PickleOptions options{
      .storage = [&](const std::string& key) -> std::span<const std::byte> {
        const auto at = archive.storages.find(key);
        if (at == archive.storages.end())
          throw Error(ErrorCode::bad_data,
                      "the storage 'data/" + key + "' is missing; the file is damaged: save it again", file);
        return at->second;
      },
      .remedy = remedy,
      .most_data = 4 * archive.size + free_tensor_data,
  };
  const Pickle pickle = parse_pickle(std::move(archive.pickle), place, options);
  std::vector<Tensor> tensors;
  for (auto& found : arrays(pickle))
    tensors.push_back({std::move(found.name), std::move(found.dtype), std::move(found.shape),
                       Bytes(found.data.begin(), found.data.end())});
  return tensors;
}

}  // namespace scrawl
