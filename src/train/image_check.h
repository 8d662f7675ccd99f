#pragma once

#include "scrawl/dataset.h"
#include "scrawl/model.h"

namespace scrawl {

/// Throws Error(invalid_argument) for images of another size than the model reads, and for labels that it
/// cannot give.
void check_images(const Model& model, const DatasetView& data);

}  // namespace scrawl
