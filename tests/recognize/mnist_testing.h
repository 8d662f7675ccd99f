#pragma once

#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/error.h"

#include <gtest/gtest.h>

namespace scrawl::test {

/// MNIST's test images; skips the test where they have not been fetched.
class WithMnist : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      data = load_dataset("mnist", Part::test);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      GTEST_SKIP() << error.what();
    }
  }
  Dataset data;
};

}  // namespace scrawl::test
