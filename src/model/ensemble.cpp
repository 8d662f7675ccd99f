#include "scrawl/error.h"
#include "scrawl/model.h"

#include "base/sha256.h"
#include "base/text.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <span>
#include <utility>

namespace scrawl {
namespace {

bool is_vector(const Shape& shape) { return shape.channels == 1 && (shape.height == 1 || shape.width == 1); }

bool same_images(const Shape& a, const Shape& b) {
  return a == b || (a.size() == b.size() && (is_vector(a) || is_vector(b)));
}

std::string text_of(const std::vector<std::string>& classes) {
  constexpr std::size_t most_shown = 10;
  std::string text;
  for (std::size_t i = 0; i < classes.size() && i < most_shown; ++i)
    text += (i == 0 ? "" : ", ") + classes[i];
  return classes.size() > most_shown ? text + " ..." : text;
}

Error cannot_average(std::size_t number, const std::string& why) {
  return {ErrorCode::invalid_argument, "member " + std::to_string(number + 1) + " of the ensemble " + why};
}

}  // namespace

Model take_member(const Model& model, std::size_t number) {
  const std::size_t members = model.members.size();
  if (number >= members)
    throw Error(ErrorCode::invalid_argument,
                members == 1 ? "the model is not an ensemble; it has only member 1"
                             : "there is no member " + std::to_string(number + 1) +
                                   "; the ensemble has the members 1 to " + std::to_string(members));
  const auto& [network, info] = model.members[number];
  return Model(network, info);
}

Model join_models(std::vector<Model> models) {
  if (models.size() < 2)
    throw Error(ErrorCode::invalid_argument, "an ensemble needs at least two members; name another model");
  Model joined = std::move(models.front());
  for (auto& model : std::span(models).subspan(1))
    std::move(model.members.begin(), model.members.end(), std::back_inserter(joined.members));
  check_members(joined);
  for (Member& member : joined.members) member.info.thresholds.clear();  // nobody has measured the mean
  return joined;
}

void check_members(const Model& model) {
  const std::size_t members = model.members.size();
  if (members > most_members)
    throw Error(ErrorCode::invalid_argument, "an ensemble of " + counted(members, "member") +
                                                 " is too large; the limit is " +
                                                 std::to_string(most_members));
  const Member& first = model.members.front();
  // A plain vector fits all shapes of its size, so compare all with a picture shape if there is one.
  const Shape* images = &first.network.spec().input;
  for (std::size_t k = 1; k < members; ++k) {
    const auto& [network, info] = model.members[k];
    const Shape& input = network.spec().input;
    if (!same_images(*images, input))
      throw cannot_average(k, "reads images of " + to_string(input) + ", and those before it " +
                                  to_string(*images) + "; all must read the same images");
    if (is_vector(*images)) images = &input;
    if (network.outputs() != first.network.outputs())
      throw cannot_average(k, "has " + counted(network.outputs(), "output") + ", and the first " +
                                  std::to_string(first.network.outputs()) +
                                  "; all must read into the same classes");
    if (info.classes != first.info.classes)
      throw cannot_average(k, "has the classes " + text_of(info.classes) + ", and the first " +
                                  text_of(first.info.classes) + "; all must have the same, in one order");
  }
}

void average_in(std::span<float> mean, std::span<const float> probabilities, std::size_t member,
                std::size_t members) {
  assert(mean.size() == probabilities.size() && member < members);
  for (std::size_t i = 0; i < mean.size(); ++i)
    mean[i] = member == 0 ? probabilities[i] : mean[i] + probabilities[i];
  if (member + 1 < members || members == 1) return;
  const auto count = static_cast<float>(members);
  for (auto& value : mean) value /= count;
}

std::size_t count_parameters(const Model& model) {
  std::size_t count = 0;
  for (const auto& member : model.members) count += member.network.parameters().size();
  return count;
}

std::string weights_sha256(const Model& model) {
  if (model.members.size() == 1) return weights_sha256(model.only().network);
  Sha256 hash;
  for (const auto& member : model.members) {
    const std::string line = weights_sha256(member.network) + "\n";
    hash.add(std::as_bytes(std::span(line)));
  }
  return hash.hex();
}

}  // namespace scrawl
