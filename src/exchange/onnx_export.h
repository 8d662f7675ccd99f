#pragma once

#include "scrawl/model.h"

#include "formats/onnx.h"

#include <string>

namespace scrawl {

/// The model as an ONNX graph (opset 13) that other programs run without scrawl:
///
/// - Input "pixels", float32, the raw bytes 0..255: ("batch", C, H, W), or ("batch", N) for a model of N
/// plain
///   inputs. The preprocessing is part of the graph.
/// - Output "probabilities", float32, ("batch", classes), as to_probabilities defines them.
///
/// Dense layers are Gemm, convolutions Conv; a batch normalisation stays one; dropout is left out. Weights
/// are named as in a model file ("0.weight", (outputs, inputs)). The metadata hold the model text, the
/// preprocessing in words, the kind of the loss, the names of the classes as JSON, and scrawl's version; not
/// the recipe. `name` is the graph's name. Equal models give equal graphs. Takes the memory of the parameters
/// once more.
OnnxModel export_onnx(const Member& member, const std::string& name);

}  // namespace scrawl
