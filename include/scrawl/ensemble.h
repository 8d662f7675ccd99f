#pragma once

#include "scrawl/model_file.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// Several networks that are used as one model, whose probabilities are the mean of theirs. Everything that
/// takes a Model also takes an ensemble, except some exports.
#pragma GCC visibility push(default)
namespace scrawl {

constexpr std::size_t most_members = 100;

/// One network of a model, borrowed from it.
struct MemberView {
  const Network& network;
  const ModelInfo& info;
};

/// 1 for a model that is not an ensemble.
inline std::size_t count_members(const Model& model) { return 1 + model.others.size(); }

/// REQUIRES number < count_members(model); counts from 0.
MemberView member(const Model& model, std::size_t number);

/// A member as a separate model. Throws Error(invalid_argument) if there is no such member.
Model take_member(const Model& model, std::size_t number);

/// One ensemble of all members of `models`, in their order. The recipe, seed and data of the whole are those
/// of the first. Layers and preprocessing may differ. Throws as check_members does, and
/// Error(invalid_argument) for fewer than two models.
Model join_models(std::vector<Model> models);

/// Throws Error(invalid_argument) unless the probabilities of the members can be averaged: there must be at
/// most most_members, and all must map images of the same shape (or plain vectors of as many pixels) to the
/// same classes.
void check_members(const Model& model);

/// The only place that averages probabilities. Call it for member 0, 1 ... members - 1 in turn; `mean` then
/// contains (((p0 + p1) + p2) + ...) / members, in float and in this order. Allocates nothing.
/// REQUIRES spans of equal size.
void average_in(std::span<float> mean, std::span<const float> probabilities, std::size_t member,
                std::size_t members);

/// Number of parameters of all members.
std::size_t count_parameters(const Model& model);

/// For an ensemble, the SHA-256 of each member (network.h) in hexadecimal, one per line; otherwise that of
/// the network.
std::string weights_sha256(const Model& model);

}  // namespace scrawl
#pragma GCC visibility pop
