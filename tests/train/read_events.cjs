// Prints the events of a file as JSON, one a line. An independent reader: the npm package tfrecord checks the frames,
// and protobufjs reads the payloads by the field numbers that TensorBoard publishes.
// Usage: SCRAWL_NODE_MODULES=FOLDER node read_events.cjs FILE
const { createHash } = require('node:crypto');
const { createRequire } = require('node:module');
const path = require('node:path');

const fromPackages = createRequire(path.resolve(process.env.SCRAWL_NODE_MODULES, 'tfrecord', 'package.json'));
const { RecordReader } = fromPackages('./lib/index.js');
const protobuf = fromPackages('protobufjs');

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
  message Value { string tag = 1; oneof value { float simple_value = 2; Image image = 4; } }
  message Summary { repeated Value value = 1; }
  message Event { double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; Summary summary = 5; } }
`, { keepCase: true });
const Event = root.lookupType('Event');

(async () => {
  const reader = await RecordReader.create(process.argv[2]);
  for (let record = await reader.readRecord(); record !== null; record = await reader.readRecord()) {
    const event = Event.toObject(Event.decode(record), { longs: Number, defaults: true, oneofs: true });
    for (const value of event.summary?.value ?? []) {
      if (!value.image) continue;
      const png = value.image.encoded_image_string;
      value.image.encoded_image_string = { sha256: createHash('sha256').update(png).digest('hex') };
    }
    console.log(JSON.stringify(event));
  }
})();
