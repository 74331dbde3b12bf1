//! The encoder on WebGPU: what [`super::Encoder`] computes on a CPU, in compute kernels of our own (`encoder.wgsl`).
//! They run on the device that burn learns on; a call uploads once, dispatches thirteen times and reads back once.

mod winograd;

use std::{
    cell::OnceCell,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
};

use burn::tensor::wgpu::{WgpuSetup, wgpu};
use bytemuck::NoUninit;
use wgpu::{
    BindGroup, BindGroupLayout, BufferUsages, ComputePipeline, Device, ErrorFilter, ErrorScopeGuard, MapMode,
    Queue,
    util::{BufferInitDescriptor, DeviceExt},
};

use self::winograd::{SPAN, TILE, spectrum};
use super::{folded::Folded, unit::unit};
use crate::{
    drawing::{Drawing, SIDE},
    engine::EngineError,
    model::{BLOCKS, BlockShape, FEATURES, Weights, WeightsError},
};

/// Drawings that go through the blocks together, at most: what is computed on the way takes 49 MB.
const AT_ONCE: usize = 128;

/// Products of a tile.
const PRODUCTS: usize = SPAN * SPAN;

/// Invocations of a workgroup.
const GROUP: usize = 64;

/// The blocks with one network's weights; the L2 normalisation is left to the CPU.
#[derive(Debug)]
pub struct Encoder {
    kernels: Arc<Kernels>,
    /// Those of each block.
    weights: Vec<(BindGroup, Buffer)>,
}

impl Encoder {
    /// The encoder of a network with these weights.
    ///
    /// # Errors
    /// [`WeightsError::Mismatch`] if a parameter is missing or of another size.
    pub fn new(setup: &WgpuSetup, weights: &Weights) -> Result<Self, WeightsError> {
        thread_local!(static KERNELS: OnceCell<Arc<Kernels>> = const { OnceCell::new() });
        let kernels = KERNELS.with(|kernels| kernels.get_or_init(|| Arc::new(Kernels::new(setup))).clone());
        Self::of(kernels, weights)
    }

    /// The same with other weights. Errors are those of [`Self::new`].
    pub fn with(&self, weights: &Weights) -> Result<Self, WeightsError> {
        Self::of(self.kernels.clone(), weights)
    }

    fn of(kernels: Arc<Kernels>, weights: &Weights) -> Result<Self, WeightsError> {
        let bound = |(index, shape): (usize, &BlockShape)| {
            let buffer =
                Buffer::of(&kernels.device, &parameters(weights, index, shape)?, BufferUsages::STORAGE);
            Ok((kernels.bind(1, &[&buffer]), buffer))
        };
        let weights = BLOCKS.iter().enumerate().map(bound).collect::<Result<_, _>>()?;
        Ok(Self { kernels, weights })
    }

    /// Features of drawings, `[drawings * FEATURES]`, one drawing after another, each of L2 norm 1.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] if the device is lost or refuses the work.
    pub async fn encode(&self, drawings: &[Drawing]) -> Result<Vec<f32>, EngineError> {
        let mut features = vec![0.0; drawings.len() * FEATURES];
        for (drawings, features) in drawings.chunks(AT_ONCE).zip(features.chunks_mut(AT_ONCE * FEATURES)) {
            let maps = self.maps(drawings).await?;
            for (map, features) in maps.chunks_exact(FEATURES).zip(features.chunks_exact_mut(FEATURES)) {
                unit(map, |channel| channel, features);
            }
        }
        Ok(features)
    }

    /// What comes out of the last block, pixel by pixel.
    async fn maps(&self, drawings: &[Drawing]) -> Result<Vec<f32>, EngineError> {
        let device = &self.kernels.device;
        let faults = [ErrorFilter::Validation, ErrorFilter::OutOfMemory];
        let faults = faults.map(|kind| device.push_error_scope(kind));
        let scratch = self.kernels.scratch(drawings.len());
        let bytes = ..self.submit(drawings, &scratch);
        let (sender, receiver) = async_channel::bounded(1);
        scratch.readback.map_async(MapMode::Read, bytes, move |mapped| {
            // Nobody may be waiting any more.
            let _ = sender.try_send(mapped);
        });
        let faults = faults.into_iter().rev().map(ErrorScopeGuard::pop).collect::<Vec<_>>();
        #[cfg(not(target_family = "wasm"))]
        device.poll(wgpu::PollType::wait_indefinitely()).map_err(stopped)?;
        for fault in faults {
            fault.await.map_or(Ok(()), |fault| Err(stopped(fault)))?;
        }
        receiver.recv().await.map_err(stopped)?.map_err(stopped)?;
        // A device that is lost may end its work as if it had done it.
        #[cfg(target_family = "wasm")]
        if let Some(reason) = crate::engine::lost() {
            return Err(stopped(reason));
        }

        let maps = bytemuck::pod_collect_to_vec(&scratch.readback.get_mapped_range(bytes).map_err(stopped)?);
        scratch.readback.unmap();
        *self.kernels.kept() = Some(scratch);
        Ok(maps)
    }

    /// Has the device compute; how many bytes will be there to read back.
    fn submit(&self, drawings: &[Drawing], scratch: &Scratch) -> u64 {
        let Kernels { device, queue, pipelines, .. } = &*self.kernels;
        queue.write_buffer(&scratch.count, 0, &(drawings.len() as u32).to_ne_bytes());
        queue.write_buffer(&scratch.pictures, 0, bytemuck::cast_slice(&bordered(drawings)));
        let mut commands = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = commands.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for step in &scratch.steps {
            let (weights, _) = &self.weights[step.block];
            pass.set_pipeline(&pipelines[step.kernel as usize]);
            pass.set_bind_group(0, &step.buffers, &[]);
            pass.set_bind_group(1, weights, &[]);
            let groups = (drawings.len() * step.invocations).div_ceil(GROUP);
            pass.dispatch_workgroups(groups as u32, step.products as u32, 1);
        }
        drop(pass);
        let bytes = (drawings.len() * FEATURES * size_of::<f32>()) as u64;
        commands.copy_buffer_to_buffer(&scratch.features, 0, &scratch.readback, 0, bytes);
        queue.submit([commands.finish()]);
        bytes
    }
}

fn stopped(why: impl ToString) -> EngineError {
    EngineError::Stopped(why.to_string())
}

/// A block's weights as the kernels read them: `[9, out]` of the first, `[PRODUCTS, input, out]` of the others, then the bias.
fn parameters(weights: &Weights, index: usize, shape: &BlockShape) -> Result<Vec<f32>, WeightsError> {
    let folded = Folded::of_block(weights, index, shape)?;
    let BlockShape { input, out, .. } = *shape;
    let each = if index == 0 { 9 } else { PRODUCTS };
    let mut values = vec![0.0; each * input * out];
    for pair in 0..input * out {
        let taps = folded.taps(pair / out, pair % out);
        let numbers: &[f32] = if index == 0 { taps } else { &spectrum(taps) };
        for (values, number) in values.chunks_exact_mut(input * out).zip(numbers) {
            values[pair] = *number;
        }
    }
    values.extend(folded.bias);
    Ok(values)
}

/// Pictures with a border of paper one pixel wide.
fn bordered(drawings: &[Drawing]) -> Vec<f32> {
    let wide = SIDE + 2;
    let mut pictures = vec![0.0; drawings.len() * wide * wide];
    for (drawing, picture) in drawings.iter().zip(pictures.chunks_exact_mut(wide * wide)) {
        for (row, pixels) in drawing.pixels().chunks_exact(SIDE).enumerate() {
            picture[(row + 1) * wide + 1..][..SIDE].copy_from_slice(pixels);
        }
    }
    pictures
}

/// The entry points of `encoder.wgsl`.
#[derive(Debug, Clone, Copy)]
enum Kernel {
    First,
    Enter,
    Product,
    Leave,
}

/// What all encoders of a device share.
#[derive(Debug)]
struct Kernels {
    device: Device,
    queue: Queue,
    /// Of each [`Kernel`].
    pipelines: [ComputePipeline; 4],
    /// Of what a dispatch reads and writes, and of a block's weights.
    layouts: [BindGroupLayout; 2],
    /// The shape of each block.
    shapes: [Buffer; BLOCKS.len()],
    /// Kept from call to call.
    scratch: Mutex<Option<Scratch>>,
}

impl Kernels {
    fn new(WgpuSetup { device, queue, .. }: &WgpuSetup) -> Self {
        use wgpu::BufferBindingType::{Storage, Uniform};
        let layout = |types: &[wgpu::BufferBindingType]| {
            let entry = |(binding, &ty)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
                count: None,
            };
            let entries = &(0..).zip(types).map(entry).collect::<Vec<_>>();
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries })
        };
        let (read, write) = (Storage { read_only: true }, Storage { read_only: false });
        let layouts = [layout(&[Uniform, Uniform, read, write]), layout(&[read])];
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            bind_group_layouts: &layouts.each_ref().map(Some),
            ..Default::default()
        });
        let module = device.create_shader_module(wgpu::include_wgsl!("encoder.wgsl"));
        let pipeline = |entry_point| {
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry_point),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some(entry_point),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        };
        Self {
            device: device.clone(),
            queue: queue.clone(),
            pipelines: ["first", "input_transform", "product", "inverse_transform"].map(pipeline),
            layouts,
            shapes: BLOCKS.each_ref().map(|shape| Buffer::of(device, &uniform(shape), BufferUsages::UNIFORM)),
            scratch: Mutex::default(),
        }
    }

    fn bind(&self, group: usize, buffers: &[&Buffer]) -> BindGroup {
        let entries = (0..).zip(buffers);
        let entries = entries
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() });
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.layouts[group],
            entries: &entries.collect::<Vec<_>>(),
        })
    }

    /// What is kept for as many drawings or more, or new.
    fn scratch(&self, drawings: usize) -> Scratch {
        let kept = self.kept().take().filter(|kept| kept.drawings >= drawings);
        kept.unwrap_or_else(|| Scratch::new(self, drawings.next_power_of_two()))
    }

    fn kept(&self) -> MutexGuard<'_, Option<Scratch>> {
        self.scratch.lock().expect("nothing panics while it is held")
    }
}

/// `Block` in `encoder.wgsl`.
fn uniform(&BlockShape { side, input, out, pooled, relu }: &BlockShape) -> [u32; 6] {
    let tile_out = if pooled { TILE / 2 } else { TILE };
    // What no ReLU follows comes out in the end, and has no border.
    let (border, least) = if relu { (1, 0.0) } else { (0, f32::MIN) };
    [side as u32, input as u32 / 4, out as u32 / 4, tile_out as u32, border, f32::to_bits(least)]
}

/// What is computed on the way, for so many drawings. The borders of maps stay 0.
#[derive(Debug)]
struct Scratch {
    drawings: usize,
    count: Buffer,
    pictures: Buffer,
    features: Buffer,
    readback: Buffer,
    steps: Vec<Step>,
    #[expect(dead_code, reason = "only the steps use them")]
    between: Vec<Buffer>,
}

/// A dispatch.
#[derive(Debug)]
struct Step {
    kernel: Kernel,
    block: usize,
    buffers: BindGroup,
    /// Those of a drawing, for each of the products.
    invocations: usize,
    products: usize,
}

impl Scratch {
    fn new(kernels: &Kernels, drawings: usize) -> Self {
        let [first, rest @ ..] = &BLOCKS;
        let tiles = |shape: &BlockShape| (shape.side / TILE).pow(2);
        let bordered = |shape: &BlockShape| (shape.side + 2).pow(2) * shape.input;
        let most = |channels: fn(&BlockShape) -> usize| {
            let numbers = rest.iter().map(|shape| tiles(shape) * PRODUCTS * channels(shape));
            numbers.max().expect("an encoder has blocks")
        };
        let buffer = |each, usage| Buffer::new(&kernels.device, drawings * each, usage);
        let count = Buffer::new(&kernels.device, 1, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        let pictures = buffer(bordered(first), BufferUsages::STORAGE | BufferUsages::COPY_DST);
        let features = buffer(FEATURES, BufferUsages::STORAGE | BufferUsages::COPY_SRC);
        let readback = buffer(FEATURES, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let before = buffer(most(|shape| shape.input), BufferUsages::STORAGE);
        let after = buffer(most(|shape| shape.out), BufferUsages::STORAGE);
        let maps: Vec<_> = rest.iter().map(|shape| buffer(bordered(shape), BufferUsages::STORAGE)).collect();

        let mut steps = Vec::new();
        let mut step = |kernel, block: usize, from, to, invocations, products| {
            let buffers = kernels.bind(0, &[&count, &kernels.shapes[block], from, to]);
            steps.push(Step { kernel, block, buffers, invocations, products });
        };
        step(Kernel::First, 0, &pictures, &maps[0], (first.side / 2).pow(2) * first.out / 4, 1);
        for (index, shape) in rest.iter().enumerate() {
            let (block, tiles) = (index + 1, tiles(shape));
            let to = maps.get(block).unwrap_or(&features);
            step(Kernel::Enter, block, &maps[index], &before, tiles * shape.input / 4, 1);
            step(Kernel::Product, block, &before, &after, tiles / 4 * shape.out / 8, PRODUCTS);
            step(Kernel::Leave, block, &after, to, tiles * shape.out / 4, 1);
        }
        let between = maps.into_iter().chain([before, after]).collect();
        Self { drawings, count, pictures, features, readback, steps, between }
    }
}

/// A buffer whose memory is given back when it is dropped. JavaScript would keep it until it collects garbage.
#[derive(Debug)]
struct Buffer(wgpu::Buffer);

impl Buffer {
    /// So many numbers, all 0.
    fn new(device: &Device, numbers: usize, usage: BufferUsages) -> Self {
        let size = (numbers * size_of::<f32>()) as u64;
        let description = wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false };
        Self(device.create_buffer(&description))
    }

    /// These numbers.
    fn of<T: NoUninit>(device: &Device, numbers: &[T], usage: BufferUsages) -> Self {
        let contents = bytemuck::cast_slice(numbers);
        Self(device.create_buffer_init(&BufferInitDescriptor { label: None, contents, usage }))
    }
}

impl Deref for Buffer {
    type Target = wgpu::Buffer;

    fn deref(&self) -> &wgpu::Buffer {
        &self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.0.destroy();
    }
}
