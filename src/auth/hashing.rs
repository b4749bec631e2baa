//! The few threads that verify passwords: at most so many at once, a bounded queue before them, and one hash for all who
//! wait for the same credential.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::later::{Later, Note};
use crate::secret::{self, Cost, Hasher};

/// An idle thread gives its memory back.
const IDLE: Duration = Duration::from_secs(2);

/// Names a credential and the stored hash it is checked against.
pub type Question = [u8; 32];

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The queue is full.
    Busy,
    /// The stored hash cannot be read, or the thread failed; the reason is in the log.
    Fault,
}

type Answer = Result<bool, NoAnswer>;

pub struct Hashing {
    queue: Arc<Queue>,
    flights: Arc<Flights>,
}

struct Job {
    password: Vec<u8>,
    /// `None`: nobody's password, checked for as long as anyone's.
    stored: Option<String>,
    landing: Landing,
}

impl Hashing {
    pub fn start(threads: usize, queue: usize, cost: Cost, later: &Later) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new(queue));
        for number in 0..threads.max(1) {
            let (queue, later) = (Arc::clone(&queue), later.clone());
            std::thread::Builder::new()
                .name(format!("argon2-{number}"))
                .spawn(move || queue.work(Hasher::new(cost), &later))?;
        }
        Ok(Self {
            queue,
            flights: Arc::default(),
        })
    }

    /// Is it the password? Blocks for as long as a hash takes.
    pub fn verify(&self, question: Question, password: &[u8], stored: Option<String>) -> Answer {
        let (flight, first) = self.flights.board(question);
        if first {
            let job = Job {
                password: password.to_vec(),
                stored,
                landing: Landing {
                    question,
                    flight: Arc::clone(&flight),
                    flights: Arc::clone(&self.flights),
                },
            };
            if let Err(job) = self.queue.push(job) {
                job.landing.land(Err(NoAnswer::Busy));
            }
        }
        flight.wait()
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        locked(&self.queue.waiting).closed = true;
        self.queue.arrived.notify_all();
    }
}

/// Jobs that wait for a thread.
struct Queue {
    at_most: usize,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    fn new(at_most: usize) -> Self {
        Self {
            at_most: at_most.max(1),
            waiting: Mutex::default(),
            arrived: Condvar::new(),
        }
    }

    /// `Err`: the queue is full.
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut waiting = locked(&self.waiting);
        if waiting.jobs.len() >= self.at_most {
            return Err(job);
        }
        waiting.jobs.push_back(job);
        self.arrived.notify_one();
        Ok(())
    }

    fn work(&self, mut hasher: Hasher, later: &Later) {
        loop {
            let waiting = locked(&self.waiting);
            let (mut waiting, _) = self
                .arrived
                .wait_timeout_while(waiting, IDLE, |it| it.jobs.is_empty() && !it.closed)
                .unwrap_or_else(PoisonError::into_inner);
            match waiting.jobs.pop_front() {
                Some(job) => {
                    drop(waiting);
                    if let Some(note) = job.run(&mut hasher) {
                        later.write(note);
                    }
                }
                None if waiting.closed => return,
                None => {
                    drop(waiting);
                    hasher.rest();
                }
            }
        }
    }
}

impl Job {
    /// Answers, and only then hashes a password anew whose hash is weaker than those made today.
    fn run(self, hasher: &mut Hasher) -> Option<Note> {
        let answer = match &self.stored {
            Some(stored) => hasher.verify(&self.password, stored),
            None => hasher.verify_nobody(&self.password),
        };
        let right = matches!(answer, Ok(true));
        self.landing.land(answer.map_err(|error: secret::Error| {
            tracing::error!("a password cannot be verified: {error}");
            NoAnswer::Fault
        }));
        let stored = self
            .stored
            .filter(|stored| right && hasher.is_weaker(stored))?;
        let renewed = hasher.hash(&self.password).ok()?;
        Some(Note::Renewed { stored, renewed })
    }
}

/// One hash under way and everyone who waits for it.
#[derive(Default)]
struct Flight {
    answer: Mutex<Option<Answer>>,
    landed: Condvar,
}

impl Flight {
    fn wait(&self) -> Answer {
        let mut answer = locked(&self.answer);
        loop {
            if let Some(answer) = *answer {
                return answer;
            }
            answer = self
                .landed
                .wait(answer)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[derive(Default)]
struct Flights(Mutex<HashMap<Question, Arc<Flight>>>);

impl Flights {
    /// The flight of a question, and whether the caller has to start it.
    fn board(&self, question: Question) -> (Arc<Flight>, bool) {
        let mut flights = locked(&self.0);
        if let Some(flight) = flights.get(&question) {
            return (Arc::clone(flight), false);
        }
        let flight = Arc::new(Flight::default());
        flights.insert(question, Arc::clone(&flight));
        (flight, true)
    }
}

/// Ends a flight exactly once, also when the thread that flew it dies.
struct Landing {
    question: Question,
    flight: Arc<Flight>,
    flights: Arc<Flights>,
}

impl Landing {
    fn land(self, answer: Answer) {
        *locked(&self.flight.answer) = Some(answer);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        locked(&self.flights.0).remove(&self.question);
        locked(&self.flight.answer).get_or_insert(Err(NoAnswer::Fault));
        self.flight.landed.notify_all();
    }
}

/// A poisoned lock guards data that is whole: no code under these locks leaves it half-written.
fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };

    #[test]
    fn right_wrong_nobody_and_unreadable() {
        let hashing = Hashing::start(1, 4, CHEAP, &Later::nowhere()).unwrap();
        let stored = Hasher::new(CHEAP).hash(b"right").unwrap();
        let ask = |question, password: &[u8], stored: Option<&str>| {
            hashing.verify([question; 32], password, stored.map(str::to_owned))
        };
        assert_eq!(ask(1, b"right", Some(&stored)), Ok(true));
        assert_eq!(ask(2, b"wrong", Some(&stored)), Ok(false));
        assert_eq!(ask(3, b"right", None), Ok(false));
        assert_eq!(ask(4, b"right", Some("plain")), Err(NoAnswer::Fault));
    }

    #[test]
    fn a_full_queue_answers_at_once() {
        let hashing = Arc::new(Hashing {
            queue: Arc::new(Queue::new(1)),
            flights: Arc::default(),
        });
        let waiting = {
            let hashing = Arc::clone(&hashing);
            std::thread::spawn(move || hashing.verify([1; 32], b"a", None))
        };
        while locked(&hashing.queue.waiting).jobs.is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(hashing.verify([2; 32], b"b", None), Err(NoAnswer::Busy));
        assert!(!locked(&hashing.flights.0).contains_key(&[2; 32]));
        drop(locked(&hashing.queue.waiting).jobs.pop_front());
        assert_eq!(waiting.join().unwrap(), Err(NoAnswer::Fault));
    }

    #[test]
    fn the_same_question_is_hashed_once() {
        let flights = Flights::default();
        let (first, start) = flights.board([7; 32]);
        let (second, again) = flights.board([7; 32]);
        assert!(start && !again && Arc::ptr_eq(&first, &second));
    }
}
