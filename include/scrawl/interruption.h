#pragma once

#pragma GCC visibility push(default)
namespace scrawl {

/// Lets SIGINT, SIGTERM and SIGHUP end the process as they do anyway, but only after the programs that the
/// library has started are ended, and its unfinished files and temporary folders removed. A signal that is
/// ignored, as by nohup, or that has a handler is left alone. For a program's main; the library itself never
/// changes what a signal does.
void clean_up_on_signals();

}  // namespace scrawl
#pragma GCC visibility pop
