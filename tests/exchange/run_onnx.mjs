// Runs an ONNX model on images of raw bytes with onnxruntime-web, which is a program that is not ours.
// Usage: node run_onnx.mjs NODE_MODULES MODEL PIXELS OUTPUT LENGTH...
//   PIXELS   the images, a byte a pixel; LENGTH... is the shape of one image
//   OUTPUT   gets the probabilities, float32
import {readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const [modules, model, pixels, output, ...lengths] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/x.js`));
const ort = require('onnxruntime-web');
ort.env.wasm.numThreads = 1;

const bytes = readFileSync(pixels);
const shape = lengths.map(Number);
const images = bytes.length / shape.reduce((a, b) => a * b);
const session = await ort.InferenceSession.create(readFileSync(model));
const input = new ort.Tensor('float32', Float32Array.from(bytes), [images, ...shape]);
const {probabilities} = await session.run({pixels: input});
writeFileSync(output, new Uint8Array(probabilities.data.buffer, probabilities.data.byteOffset,
                                     probabilities.data.byteLength));
