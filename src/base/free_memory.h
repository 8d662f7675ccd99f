#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace scrawl {

/// Bytes of memory that this process can still take: the least that the system (free memory, what it can
/// write back, and swap), the process' control group and its limit of address space (`ulimit -v`) leave.
/// Nothing where none of them can be told.
std::optional<std::uint64_t> free_memory();

/// The remedy for a file that is too large.
inline constexpr const char* more_memory = "close other programs, or use a machine with more memory";

/// Throws Error(io) where `bytes` are more than free_memory(): "training needs 24.0 GB of memory, and 6.0 GB
/// are free; REMEDY". `bytes` must be a lower bound, so that nothing that would do is refused. Cheap for less
/// than 64 MiB, which are not looked at.
void require_memory(double bytes, const std::string& what, const std::string& remedy,
                    const std::string& file = {});

}  // namespace scrawl
