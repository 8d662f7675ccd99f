#pragma once

#include <functional>

/// Does the work. What happens in here is counted; `check` knows the name.
extern "C" void counted(const std::function<void()>& work);
