#include "base/natural_order.h"

#include "testing.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace scrawl::natural_order_test {
namespace {

TEST(NaturalOrder, RunsOfDigitsAreNumbers) {
  const std::vector<std::string_view> sorted = {"",
                                                "1.png",
                                                "01.png.bak",
                                                "2.png",
                                                "10.png",
                                                "99999999999999999999999",
                                                "100000000000000000000000",
                                                "a",
                                                "a.png",
                                                "a1b2",
                                                "a1b10",
                                                "a02",
                                                "a2",
                                                "a2x",
                                                "a10",
                                                "a10x",
                                                "b",
                                                "\xc3\xa4"};
  for (std::size_t i = 0; i < sorted.size(); ++i)
    for (std::size_t j = 0; j < sorted.size(); ++j)
      EXPECT_EQ(natural_less(sorted[i], sorted[j]), i < j) << sorted[i] << " and " << sorted[j];
}

}  // namespace
}  // namespace scrawl::natural_order_test
