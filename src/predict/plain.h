#pragma once

#include "scrawl/model.h"

#include <cstdint>
#include <span>
#include <vector>

namespace scrawl {

/// The plain definition of an answer, through Network::predict: the probabilities of one member (images x
/// outputs, row by row), and unless it is empty, `predictions`, as Plan::predict_member gives them. Custom
/// layers go this way; tests compare the plan of other members with it. REQUIRES sizes that fit.
void predict_plainly(const Member& member, Target target, std::span<const std::uint8_t> images,
                     std::span<float> probabilities, std::span<std::uint8_t> predictions = {});

/// The same for a model: the mean of its members' (average_in).
std::vector<float> plain_probabilities(const Model& model, std::span<const std::uint8_t> images,
                                       Target target = default_target());

}  // namespace scrawl
