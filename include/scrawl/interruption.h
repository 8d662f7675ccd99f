#pragma once

#pragma GCC visibility push(default)
namespace scrawl {

/// On SIGINT, SIGTERM and SIGHUP, ends the programs that the library has started and removes its unfinished
/// files and temporary folders before the process ends as usual. A signal that is ignored, as by nohup, or
/// that has a handler is not changed. Call it from a program's main; the library itself never changes a
/// signal's effect.
void clean_up_on_signals();

}  // namespace scrawl
#pragma GCC visibility pop
