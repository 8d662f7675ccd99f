#include "scrawl/scrawl.h"

#include <cstdio>

// Errors cross the border of the library, and so do the templates that it holds for float and double.
int main() {
  using namespace scrawl;
  try {
    parse_model("28x28 > dense 0");
    return 1;
  } catch (const Error&) {
  }
  Network network(parse_model("28x28 > dense 50 > sigmoid > dense 10"));
  network.initialise({}, 1);
  const auto loss = make_loss<double>(SquaredError{});
  const auto weights = copy_parameter(network, network.parameter_infos()[0]);
  std::printf("%s %zu %zu\n", version(), network.parameters().size(), weights.size());
}
