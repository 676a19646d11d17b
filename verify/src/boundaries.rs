//! Ends of consecutive rounds, as short as can be: what proves the committees after them.
//!
//! A committee is 101 members of 160 bytes, and most serve again and again: so each member stands here once, and committees are lists of
//! places. Of a header there is what does not follow from elsewhere.

use crate::certificate::Certificate;
use crate::evidence::tag;
use etm_types::codec::{self, DecodeError, Reader, Wire, Writer};
use etm_types::limits::MAX_COMMITTEE_MEMBERS;
use etm_types::{
    Beacon, BlsSignature, ChainId, Committee, Hash, Header, Height, Member, Round, Slot,
};
use std::collections::{HashMap, HashSet};

const TAG: &[u8] = b"etm/boundaries/v1";
const MAX_MEMBERS: usize = u16::MAX as usize;

/// The ends of rounds `first`, `first + 1` and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundaries {
    first: Round,
    /// Everybody in the committees, in the order in which they are first named.
    members: Vec<Member>,
    /// The committees of rounds `first` and `first + 1`.
    known: [Vec<u16>; 2],
    steps: Vec<BoundaryStep>,
    /// Places by what stands there, for those who make the document.
    places: HashMap<Hash, u16>,
}

/// The end of a round, without what follows from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundaryStep {
    header: Header,
    producer: u8,
    certificate: Certificate,
    drawn: Vec<u16>,
}

impl Boundaries {
    /// The most steps of a document.
    pub const MAX_STEPS: usize = 4_096;
    /// The most bytes of a document.
    pub const MAX_BYTES: usize = 16 << 20;
    /// So many steps fit into a document, whoever their members are: a node that has them gives that many of those it is asked for.
    pub const LEAST_STEPS: usize = 512;

    /// The most documents that a walk over so many steps takes, with some to spare for a chain that goes on meanwhile. Whoever gives the steps in more of
    /// them keeps others waiting.
    pub const fn most_documents(steps: u64) -> u64 {
        const SPARE: u64 = 16;
        (steps / Self::LEAST_STEPS as u64).saturating_add(SPARE)
    }

    /// A document without steps, from round `first` on: the committees of that round and the next.
    pub fn new(first: &Committee, next: &Committee) -> Option<Self> {
        let mut boundaries = Self {
            first: first.round,
            members: Vec::new(),
            known: [Vec::new(), Vec::new()],
            steps: Vec::new(),
            places: HashMap::new(),
        };
        boundaries.known = [boundaries.place(first)?, boundaries.place(next)?];
        Some(boundaries)
    }

    /// Adds the end of the next round, with the committee it carries. False, and nothing is added, if there is no room, or if the
    /// header's producer is not in the round's committee.
    pub fn push(&mut self, header: &Header, certificate: Certificate, drawn: &Committee) -> bool {
        let members = self.members.len();
        let added = self.step(header, certificate, drawn);
        match added {
            Some(step) => self.steps.push(step),
            None => {
                for member in self.members.drain(members..) {
                    self.places.remove(&digest(&member));
                }
                return false;
            }
        }
        true
    }

    fn step(
        &mut self,
        header: &Header,
        certificate: Certificate,
        drawn: &Committee,
    ) -> Option<BoundaryStep> {
        let producer = self
            .signers(self.steps.len())?
            .iter()
            .position(|place| {
                let member = self.members.get(usize::from(*place));
                member.is_some_and(|member| member.miner == header.producer)
            })
            .and_then(|place| u8::try_from(place).ok())?;
        let drawn = self.place(drawn)?;
        let room = self.steps.len() < Self::MAX_STEPS;
        room.then(|| BoundaryStep {
            header: header.clone(),
            producer,
            certificate,
            drawn,
        })
    }

    fn place(&mut self, committee: &Committee) -> Option<Vec<u16>> {
        committee
            .members
            .iter()
            .map(|member| {
                let digest = digest(member);
                if let Some(place) = self.places.get(&digest) {
                    return Some(*place);
                }
                let place = u16::try_from(self.members.len())
                    .ok()
                    .filter(|place| usize::from(*place) < MAX_MEMBERS)?;
                self.members.push(member.clone());
                self.places.insert(digest, place);
                Some(place)
            })
            .collect()
    }

    /// The first round whose end is here.
    pub fn first(&self) -> Round {
        self.first
    }

    /// The committees of the first round and the next, with which the document begins.
    pub fn committees(&self) -> Option<[Committee; 2]> {
        let [first, next] = &self.known;
        Some([
            self.committee(self.first, first)?,
            self.committee(self.first.checked_add(1)?, next)?,
        ])
    }

    /// The committee of the members at these places.
    pub(crate) fn committee(&self, round: Round, places: &[u16]) -> Option<Committee> {
        let members = places.iter().map(|place| {
            let member = self.members.get(usize::from(*place));
            member.cloned()
        });
        Some(Committee {
            round,
            members: members.collect::<Option<_>>()?,
        })
    }

    /// How many ends there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there are none: such a document can be made, but not read.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// All that are named in committees.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The committees of `first` and `first + 1`.
    pub(crate) fn known(&self) -> &[Vec<u16>; 2] {
        &self.known
    }

    pub(crate) fn steps(&self) -> &[BoundaryStep] {
        &self.steps
    }

    /// The committee of the round whose end is the step at `index`.
    pub(crate) fn signers(&self, index: usize) -> Option<&[u16]> {
        match index.checked_sub(2) {
            None => self.known.get(index).map(Vec::as_slice),
            Some(before) => self.steps.get(before).map(|step| step.drawn.as_slice()),
        }
    }

    /// The document.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::to_bytes(self)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(DecodeError::TooLong {
                field: "boundaries",
                length: bytes.len(),
                max: Self::MAX_BYTES,
            });
        }
        codec::from_bytes(bytes)
    }
}

impl BoundaryStep {
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(crate) fn drawn(&self) -> &[u16] {
        &self.drawn
    }

    /// The header, completed with what is known of it. None if the producer's place is not in the committee.
    pub(crate) fn header(
        &self,
        chain: ChainId,
        place: (Round, Height),
        signers: &[&Member],
        committee_root: Hash,
    ) -> Option<Header> {
        let producer = signers.get(usize::from(self.producer))?;
        Some(Header {
            chain,
            round: place.0,
            height: place.1,
            producer: producer.miner,
            leader: producer.node,
            committee_root,
            ..self.header.clone()
        })
    }
}

fn digest(member: &Member) -> Hash {
    Hash::of(&[&codec::to_bytes(member)])
}

fn write_places(places: &[u16], out: &mut Writer) {
    // At most 101.
    out.u8(u8::try_from(places.len()).unwrap_or(u8::MAX));
    for place in places {
        out.u16(*place);
    }
}

/// Reads places; `named` counts the members that were named before, and each new one must be the next.
fn read_places(
    input: &mut Reader<'_>,
    members: usize,
    named: &mut usize,
) -> Result<Vec<u16>, DecodeError> {
    let offset = input.offset();
    let length = usize::from(input.u8("committee size")?);
    if !(1..=MAX_COMMITTEE_MEMBERS).contains(&length) {
        return Err(DecodeError::LengthOutOfRange {
            field: "committee",
            offset,
            length,
            min: 1,
            max: MAX_COMMITTEE_MEMBERS,
        });
    }
    (0..length)
        .map(|_| {
            let offset = input.offset();
            let place = input.u16("place of a member")?;
            if usize::from(place) > *named || usize::from(place) >= members {
                return Err(Reader::invalid(
                    "place of a member",
                    offset,
                    "members must be listed in the order in which they are first named",
                ));
            }
            if usize::from(place) == *named {
                *named += 1;
            }
            Ok(place)
        })
        .collect()
}

impl BoundaryStep {
    fn write(&self, out: &mut Writer) {
        let header = &self.header;
        out.u64(header.slot.0);
        out.u64(header.parent_slot.0);
        header.parent.write(out);
        out.u64(header.timestamp_ms);
        out.u8(self.producer);
        header.vrf.write(out);
        header.beacon.write(out);
        header.transactions_root.write(out);
        header.state_root.write(out);
        header.ops_root.write(out);
        out.u64(header.ops_start);
        out.u64(header.ops_end);
        header.receipts_root.write(out);
        self.certificate.write(out);
        write_places(&self.drawn, out);
    }

    fn read(
        input: &mut Reader<'_>,
        members: usize,
        named: &mut usize,
    ) -> Result<Self, DecodeError> {
        let (slot, parent_slot) = (
            input.u64("slot").map(Slot)?,
            input.u64("parent slot").map(Slot)?,
        );
        let parent = Wire::read(input)?;
        let timestamp_ms = input.u64("timestamp")?;
        let producer = input.u8("producer")?;
        let header = Header {
            slot,
            parent_slot,
            parent,
            timestamp_ms,
            vrf: BlsSignature::read(input)?,
            beacon: Beacon::read(input)?,
            transactions_root: Wire::read(input)?,
            state_root: Wire::read(input)?,
            ops_root: Wire::read(input)?,
            ops_start: input.u64("operations start")?,
            ops_end: input.u64("operations end")?,
            receipts_root: Wire::read(input)?,
            // The rest is known to whoever checks it.
            chain: ChainId([0; 32]),
            height: Height(0),
            round: Round(0),
            producer: Header::NOBODY,
            leader: etm_types::NodeKey([0; 32]),
            committee_root: Hash::ZERO,
        };
        Ok(Self {
            header,
            producer,
            certificate: Wire::read(input)?,
            drawn: read_places(input, members, named)?,
        })
    }
}

impl Wire for Boundaries {
    fn write(&self, out: &mut Writer) {
        out.raw(TAG);
        out.u64(self.first.0);
        out.list(&self.members);
        for places in &self.known {
            write_places(places, out);
        }
        out.u32(u32::try_from(self.steps.len()).unwrap_or(u32::MAX));
        for step in &self.steps {
            step.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        tag(input, TAG, "must begin with etm/boundaries/v1")?;
        let first = input.u64("first round").map(Round)?;
        let offset = input.offset();
        let members: Vec<Member> = input.list("members", 1, MAX_MEMBERS)?;
        let distinct: HashSet<Hash> = members.iter().map(digest).collect();
        let mut named = 0;
        let known = [
            read_places(input, members.len(), &mut named)?,
            read_places(input, members.len(), &mut named)?,
        ];
        let steps = (0..input.count("steps", 1, Self::MAX_STEPS)?)
            .map(|_| BoundaryStep::read(input, members.len(), &mut named))
            .collect::<Result<_, _>>()?;
        if distinct.len() != members.len() || named != members.len() {
            return Err(Reader::invalid(
                "members",
                offset,
                "each must be listed once, and named by a committee",
            ));
        }
        Ok(Self {
            first,
            members,
            known,
            steps,
            places: HashMap::new(),
        })
    }
}
