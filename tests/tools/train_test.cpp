#include "tools/command.h"
#include "tools/trained.h"

#include <gtest/gtest.h>

namespace scrawl {
namespace {

using test::contains;
using test::run_scrawl;

using Train = test::Trained;

TEST_F(Train, OddNumbersAreRefused) {
  const auto refuses = [](const std::vector<std::string>& arguments, const char* message) {
    const auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, 2) << arguments.back();
    EXPECT_TRUE(contains(result.err, message)) << result.err;
  };
  const std::string recipe = (folder / "recipe.toml").string();
  for (const char* odd : {"nan", "inf", "-1", "2e9", "1e400", "x", ""})
    refuses(train({"--checkpoint-every", odd}),
            "--checkpoint-every: must be a number from 0 to 1000000000, not '");
  for (const char* odd : {"nan", "inf", "0", "-1", "2", "x"}) {
    refuses({"gradcheck", recipe, "--step", odd}, "--step: must be a number above 0, up to 1, not '");
    refuses({"gradcheck", recipe, "--limit", odd}, "--limit: must be a number above 0, up to 1, not '");
  }
  for (const char* odd : {"nan", "0", "-1", "1025", "1.5", "99999999999999999999"})
    refuses(train({"--threads", odd}), "--threads: must be a whole number from 1 to 1024, not '");
  for (const char* odd : {"nan", "-1", "9223372036854775808"})
    refuses(train({"--seed", odd}), "--seed: must be a whole number from 0 to 9223372036854775807, not '");
  const std::string model = test::write_small_model(folder / "model.safetensors");
  for (const char* odd : {"nan", "-1", "1e3"})
    refuses({"evaluate", model, "--index", odd}, "--index: must be a whole number from 0 on, not '");
  for (const char* odd : {"nan", "inf", "0", "-255"})
    refuses({"import", model, "--divisor", odd},
            "--divisor: must be a number above 0, up to 1000000000, not '");
  for (const char* odd : {"0", "-1"})
    refuses({"import", model, "-o", (folder / "out.safetensors").string(), "--model", "3x3 > dense 3",
             "--deviation", odd},
            "--deviation: preprocessing: a deviation is not above 0");
  refuses(train({"--set", "optimizer.learning_rate=nan"}), "optimizer.learning_rate: must be a number");
}

}  // namespace
}  // namespace scrawl
