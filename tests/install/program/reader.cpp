#include <cstdio>

#include <scrawl/scrawl.h>

int main(int argc, char** argv) try {
  const scrawl::Recognizer recognizer;
  for (int i = 1; i < argc; ++i)
    for (const auto& line : recognizer.read_file(argv[i]).lines)
      std::printf("%s: %s (%.1f %%)\n", argv[i], line.text.c_str(), 100 * line.confidence);
} catch (const scrawl::Error& error) {
  std::printf("%s\n", error.what());
  return 1;
}
