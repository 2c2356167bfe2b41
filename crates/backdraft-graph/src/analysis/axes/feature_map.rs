//! The channels and positions of a tensor.

use crate::NoMapReason;
use crate::analysis::axes::rows::Rows;
use crate::ir::axes::axis::{AxisId, AxisTable, Origin};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::factor::Factor;
use crate::ir::axes::line::{Interval, Line};
use crate::tensor::arrangement::{Arrangement, Size};

/// A tensor as `[samples, frames..., channels, positions...]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FeatureMap {
    pub(crate) arrangement: Arrangement,
    /// How many dimensions there are between samples and channels.
    pub(crate) frames: usize,
    /// Of how many pieces the channels are made.
    pub(crate) features: usize,
    /// The order's first pieces, which are neither channels nor positions.
    leading: usize,
    pub(crate) space: Vec<Space>,
}

/// Where the positions along one dimension of a map lie.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Space {
    pub(crate) input: usize,
    pub(crate) dimension: usize,
    /// In units of the input's own indices.
    pub(crate) places: Vec<Interval>,
}

/// A factor or a part of one.
struct Piece {
    factor: Factor,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Samples,
    Features,
    /// One index, which is a position of nothing.
    Single,
    /// A place on one axis.
    Along(AxisId),
    /// Places on several axes at once.
    Tokens,
}

impl FeatureMap {
    pub(crate) fn of(
        dimensions: &[Dimension],
        rows: Rows,
        table: &AxisTable,
    ) -> Result<Self, NoMapReason> {
        let is_computed = holds_computed_features(dimensions, table);
        let pieces: Vec<Vec<Piece>> = (dimensions.iter().enumerate())
            .map(|(position, dimension)| pieces(dimension, position, is_computed, rows, table))
            .collect::<Result<_, _>>()?;
        if rows == Rows::Unknown {
            return Err(NoMapReason::Samples);
        }
        let counts_samples = |piece: &&Piece| piece.role == Role::Samples;
        let found = pieces.iter().flatten().filter(counts_samples).count();
        if rows.samples().is_some() && found != 1 {
            return Err(NoMapReason::Samples);
        }
        let sizes = pieces
            .iter()
            .map(|pieces| pieces.iter().map(Piece::size).collect());
        let sizes: Vec<Vec<Size>> = sizes.collect();
        let pieces: Vec<Piece> = pieces.into_iter().flatten().collect();
        Layout::of(&pieces, table)?.feature_map(sizes, &pieces, table)
    }

    /// The sizes of the dimensions between samples and channels.
    pub(crate) fn frame_sizes(&self) -> Vec<usize> {
        let sizes = self.arrangement.shape.iter().skip(1).take(self.frames);
        sizes.map(|size| size.with(1)).collect()
    }

    /// The pieces that are channels.
    pub(crate) fn channel_pieces(&self) -> &[usize] {
        &self.arrangement.order[self.leading..][..self.features]
    }

    /// The pieces that are positions.
    pub(crate) fn space_pieces(&self) -> &[usize] {
        &self.arrangement.order[self.leading + self.features..]
    }

    /// The number of channels.
    pub(crate) fn channels(&self) -> usize {
        match self.arrangement.shape.get(1 + self.frames) {
            Some(Size::Of(size)) => *size,
            _ => 1,
        }
    }
}

/// Whether a tensor has features that a layer computed. In such a tensor no dimension of an input counts features.
pub(crate) fn holds_computed_features(dimensions: &[Dimension], table: &AxisTable) -> bool {
    let factors = dimensions.iter().flat_map(Dimension::factors);
    let mut axes = factors.filter_map(|factor| factor.line.axis());
    axes.any(|axis| table.origin(axis) == Origin::Features)
}

/// The pieces of a dimension; what holds the samples is cut to them.
fn pieces(
    dimension: &Dimension,
    position: usize,
    is_computed: bool,
    rows: Rows,
    table: &AxisTable,
) -> Result<Vec<Piece>, NoMapReason> {
    let mut pieces = Vec::new();
    for factor in dimension.factors() {
        let held = rows
            .samples()
            .and_then(|it| Some((it, it.within(factor, table)?)));
        if let Some((samples, [_, inner])) = held {
            let [rest, inside] = factor.cut(inner);
            let [outside, own] = rest.cut(samples.len());
            let role = role(factor, is_computed, table).ok_or(NoMapReason::Unknown {
                dimension: position,
            })?;
            pieces.extend((outside.len > 1).then_some(Piece {
                factor: outside,
                role,
            }));
            pieces.push(Piece {
                factor: own,
                role: Role::Samples,
            });
            pieces.extend((inside.len > 1).then_some(Piece {
                factor: inside,
                role,
            }));
        } else {
            let role = role(factor, is_computed, table).ok_or(NoMapReason::Unknown {
                dimension: position,
            })?;
            let factor = factor.clone();
            pieces.push(Piece { factor, role });
        }
    }
    Ok(pieces)
}

fn role(factor: &Factor, is_computed: bool, table: &AxisTable) -> Option<Role> {
    let is_features = |axis| match table.origin(axis) {
        Origin::Features => true,
        // Those of the input; what a layer computed has features of its own.
        _ => table.is_features(axis) && !is_computed,
    };
    match factor.line.axis() {
        Some(axis) if is_features(axis) => Some(Role::Features),
        Some(axis) if factor.len == 1 && !table.is_space(axis) => Some(Role::Single),
        Some(axis) if table.is_input(axis) => Some(Role::Along(table.root(axis))),
        Some(_) => None,
        None => Some(Role::Tokens),
    }
}

impl Piece {
    fn size(&self) -> Size {
        match self.role {
            Role::Samples => Size::Samples,
            _ => Size::Of(self.factor.len),
        }
    }
}

/// Which pieces are what, by position among all.
struct Layout {
    samples: Vec<usize>,
    single: Vec<usize>,
    frames: Vec<usize>,
    features: Vec<usize>,
    /// Pieces along one axis each, outermost first.
    space: Vec<(AxisId, Vec<usize>)>,
    tokens: Option<usize>,
}

impl Layout {
    fn of(pieces: &[Piece], table: &AxisTable) -> Result<Self, NoMapReason> {
        let with = |role: Role| -> Vec<usize> {
            (0..pieces.len())
                .filter(|&piece| pieces[piece].role == role)
                .collect()
        };
        let found = features(pieces, table);
        let mut axes: Vec<AxisId> = pieces
            .iter()
            .enumerate()
            .filter(|(piece, _)| !found.contains(piece))
            .filter_map(|(_, piece)| match piece.role {
                Role::Along(axis) => Some(axis),
                _ => None,
            })
            .collect();
        axes.sort_by_key(|&axis| table.origin(axis));
        axes.dedup();
        let tokens = match with(Role::Tokens)[..] {
            [] => None,
            [tokens] => Some(tokens),
            _ => return Err(NoMapReason::Scattered),
        };
        let has_space = tokens.is_some() || axes.iter().any(|&axis| table.is_space(axis));
        // Without space the places of a sequence are the positions.
        let (space, frames): (Vec<_>, Vec<_>) =
            (axes.into_iter()).partition(|&axis| !has_space || table.is_space(axis));
        let outermost_first = |axis: AxisId| {
            let mut along = with(Role::Along(axis));
            along.retain(|piece| !found.contains(piece));
            along.sort_by_key(|&piece| std::cmp::Reverse(pieces[piece].factor.stride));
            along
        };
        let mut features = found.clone();
        features.sort_by_key(|&piece| first_of_line(pieces, &found, piece));
        if space.is_empty() && tokens.is_none() {
            return Err(NoMapReason::Positions);
        }
        Ok(Self {
            samples: with(Role::Samples),
            single: (with(Role::Single).into_iter())
                .filter(|piece| !found.contains(piece))
                .collect(),
            frames: frames.into_iter().flat_map(outermost_first).collect(),
            features,
            space: space
                .into_iter()
                .map(|axis| (axis, outermost_first(axis)))
                .collect(),
            tokens,
        })
    }

    fn feature_map(
        self,
        sizes: Vec<Vec<Size>>,
        pieces: &[Piece],
        table: &AxisTable,
    ) -> Result<FeatureMap, NoMapReason> {
        let size = |group: &[usize]| {
            let lens = group.iter().map(|&piece| pieces[piece].factor.len);
            Size::Of(lens.product())
        };
        let grids = self.grids(pieces, table)?;
        let mut blocks: Vec<Size> = vec![match self.samples[..] {
            [] => Size::Of(1),
            _ => Size::Samples,
        }];
        blocks.extend(self.frames.iter().map(|&piece| size(&[piece])));
        blocks.push(size(&self.features));
        let mut shape = blocks.clone();
        let mut chosen = Vec::new();
        let mut space = Vec::new();
        for (grid, group) in grids.into_iter().zip(self.positions()) {
            if !grid.indices.iter().copied().eq(0..grid.of) {
                chosen.push((blocks.len(), grid.indices));
            }
            blocks.push(size(&group));
            shape.extend(grid.space.iter().map(|space| Size::Of(space.places.len())));
            space.extend(grid.space);
        }
        let order = (self
            .samples
            .iter()
            .chain(&self.single)
            .chain(&self.frames)
            .chain(&self.features)
            .copied())
        .chain(self.positions().flatten());
        Ok(FeatureMap {
            frames: self.frames.len(),
            features: self.features.len(),
            leading: self.samples.len() + self.single.len() + self.frames.len(),
            arrangement: Arrangement {
                order: order.collect(),
                pieces: sizes,
                blocks,
                chosen,
                shape,
            },
            space,
        })
    }

    /// The groups of pieces that are positions.
    fn positions(&self) -> impl Iterator<Item = Vec<usize>> {
        let along = self.space.iter().map(|(_, group)| group.clone());
        along.chain(self.tokens.map(|tokens| vec![tokens]))
    }

    fn grids(&self, pieces: &[Piece], table: &AxisTable) -> Result<Vec<Grid>, NoMapReason> {
        if self.tokens.is_some() && !self.space.is_empty() {
            return Err(NoMapReason::Scattered);
        }
        let grid = |group: Vec<usize>| {
            let factors = group.iter().map(|&piece| pieces[piece].factor.clone());
            let line = Dimension(factors.collect()).known_line(table);
            Grid::of(&line.ok_or(NoMapReason::Positions)?, table)
        };
        self.positions().map(grid).collect()
    }
}

/// The pieces that are channels. Where no layer computed any, they are the first dimension that is neither samples nor
/// space, as usual, if another one is left for positions.
fn features(pieces: &[Piece], table: &AxisTable) -> Vec<usize> {
    let computed: Vec<usize> = (0..pieces.len())
        .filter(|&piece| pieces[piece].role == Role::Features)
        .collect();
    if !computed.is_empty() {
        return computed;
    }
    let is_space = |piece: &Piece| match piece.role {
        Role::Along(axis) => table.is_space(axis),
        Role::Tokens => true,
        Role::Samples | Role::Features | Role::Single => false,
    };
    let is_other = |piece: &usize| match pieces[*piece].role {
        Role::Along(_) => !is_space(&pieces[*piece]),
        Role::Single => true,
        Role::Samples | Role::Features | Role::Tokens => false,
    };
    let others: Vec<usize> = (0..pieces.len()).filter(is_other).collect();
    let has_space = pieces.iter().any(is_space);
    match others[..] {
        [first, ..] if has_space || others.len() > 1 => vec![first],
        _ => Vec::new(),
    }
}

/// Digits of one line stand together, outermost first, where the first of them stands.
fn first_of_line(pieces: &[Piece], features: &[usize], piece: usize) -> (usize, usize) {
    let factor = &pieces[piece].factor;
    let same = |&&other: &&usize| std::sync::Arc::ptr_eq(&pieces[other].factor.line, &factor.line);
    let first = features.iter().find(same).copied().unwrap_or(piece);
    (first, usize::MAX - factor.stride)
}

/// Indices of a line that fill a grid, row by row.
struct Grid {
    indices: Vec<usize>,
    /// How many indices the line has.
    of: usize,
    space: Vec<Space>,
}

impl Grid {
    fn of(line: &Line, table: &AxisTable) -> Result<Self, NoMapReason> {
        let coordinates = coordinates(line, table);
        let at = |index: usize| -> Option<Vec<Interval>> {
            coordinates
                .iter()
                .map(|&(coordinate, _)| line.at(coordinate, index))
                .collect()
        };
        let mut placed: Vec<(usize, Vec<Interval>)> = (0..line.len())
            .filter_map(|index| Some((index, at(index)?)))
            .collect();
        let by_places = |a: &[Interval], b: &[Interval]| {
            let pairs = a.iter().zip(b).map(|(a, b)| a.center.total_cmp(&b.center));
            pairs.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        };
        placed.sort_by(|(_, a), (_, b)| by_places(a, b));
        let space: Vec<Space> = (coordinates.iter().enumerate())
            .map(|(position, &(_, (input, dimension)))| {
                let mut along: Vec<Interval> = placed.iter().map(|(_, it)| it[position]).collect();
                along.sort_by(|a, b| a.center.total_cmp(&b.center));
                along.dedup_by(|a, b| a.center.total_cmp(&b.center).is_eq());
                Space {
                    input,
                    dimension,
                    places: along,
                }
            })
            .collect();
        let cells: usize = space.iter().map(|space| space.places.len()).product();
        let distinct = placed
            .windows(2)
            .all(|pair| by_places(&pair[0].1, &pair[1].1).is_lt());
        if placed.is_empty() || cells != placed.len() || !distinct {
            return Err(NoMapReason::Scattered);
        }
        Ok(Self {
            indices: placed.into_iter().map(|(index, _)| index).collect(),
            of: line.len(),
            space,
        })
    }
}

/// The axes of a line that count positions, those of space if it has any, each with the input's dimension that it is.
fn coordinates(line: &Line, table: &AxisTable) -> Vec<(usize, (usize, usize))> {
    let known = line
        .axes()
        .enumerate()
        .filter_map(|(coordinate, axis)| match table.origin(axis) {
            Origin::Input { input, dimension } => Some((coordinate, axis, (input, dimension))),
            _ => None,
        });
    let known: Vec<_> = known.collect();
    let has_space = known.iter().any(|&(_, axis, _)| table.is_space(axis));
    let mut positions: Vec<_> = (known.into_iter())
        .filter(|&(_, axis, _)| !has_space || table.is_space(axis))
        .map(|(coordinate, _, place)| (coordinate, place))
        .collect();
    positions.sort_by_key(|&(_, place)| place);
    positions
}
