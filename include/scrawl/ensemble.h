#pragma once

#include "scrawl/model_file.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// Several networks that are used as one model: its probabilities are the mean of theirs. Everything that
/// takes a Model takes an ensemble, but for some exports.
#pragma GCC visibility push(default)
namespace scrawl {

constexpr std::size_t most_members = 100;

/// One network of a model, borrowed from it.
struct MemberView {
  const Network& network;
  const ModelInfo& info;
};

/// 1 for a model that is no ensemble.
inline std::size_t count_members(const Model& model) { return 1 + model.others.size(); }

/// REQUIRES number < count_members(model): they are counted from 0.
MemberView member(const Model& model, std::size_t number);

/// A member as a model of its own. Throws Error(invalid_argument) where there is no such member.
Model take_member(const Model& model, std::size_t number);

/// One ensemble of all members of `models`, in their order; what is said of the whole (recipe, seed, data) is
/// said of the first. Layers and preprocessing may differ. Throws as check_members does, and
/// Error(invalid_argument) for fewer than two models.
Model join_models(std::vector<Model> models);

/// Throws Error(invalid_argument) unless the probabilities of the members can be averaged: there are at most
/// most_members, and all read images of the same shape (or a plain vector of as many pixels) into the same
/// classes.
void check_members(const Model& model);

/// The place where probabilities are averaged. Called for member 0, 1 ... members - 1 in turn, it leaves
/// their mean in `mean`: (((p0 + p1) + p2) + ...) / members, in float and in this order. Allocates nothing.
/// REQUIRES spans of equal size.
void average_in(std::span<float> mean, std::span<const float> probabilities, std::size_t member,
                std::size_t members);

/// Parameters of all members.
std::size_t count_parameters(const Model& model);

/// Of an ensemble the SHA-256 of its members' (network.h), in hexadecimal, a line each; otherwise that of its
/// network.
std::string weights_sha256(const Model& model);

}  // namespace scrawl
#pragma GCC visibility pop
