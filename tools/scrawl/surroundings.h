#pragma once

/// What the command has from whoever starts it: standard streams and signals.
namespace scrawl::tool {

/// Puts something in the place of standard streams that are closed, so that no file which is opened later
/// gets their numbers and receives what is printed. Reads from standard input find nothing, writes to
/// standard output fail (and are reported at the end), and messages are dropped. Returns false where that is
/// impossible.
bool secure_standard_streams();

/// Lets a write beyond the limit of `ulimit -f` fail, as one on a full disk does, instead of ending the
/// process.
void ignore_file_size_signal();

/// From now on SIGINT (Ctrl-C), SIGTERM, SIGHUP and SIGXCPU no longer end the process: stop_signal() tells.
/// Only a second Ctrl-C ends it at once. Signals that are ignored, such as SIGHUP under nohup, stay so.
void stop_on_signals();

/// The signal that asks the command to stop, or 0.
int stop_signal();

}  // namespace scrawl::tool
