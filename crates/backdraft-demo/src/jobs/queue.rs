//! Who is explained next.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::DemoError;
use crate::jobs::job::Job;
use crate::limits;

/// Jobs in the order in which they came. A visitor has one at most: a newer one ends the older, so nobody waits for more
/// than one explanation of anybody else.
pub struct Queue {
    jobs: Mutex<Jobs>,
    arrival: Condvar,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Arc<Job>>,
    running: Vec<Arc<Job>>,
    /// Results that may not have been fetched yet.
    finished: VecDeque<Arc<Job>>,
}

impl Queue {
    /// A queue with so many workers.
    pub fn new(workers: usize) -> Arc<Self> {
        let queue = Arc::new(Self {
            jobs: Mutex::default(),
            arrival: Condvar::new(),
        });
        for _ in 0..workers {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.work());
        }
        queue
    }

    /// Puts a job at the end, in place of the visitor's older one.
    pub fn add(&self, job: Job) -> Result<Arc<Job>, DemoError> {
        let mut jobs = self.lock();
        jobs.leave(&job.visitor);
        if jobs.waiting.len() >= limits::WAITING {
            return Err(DemoError::Busy);
        }
        let job = Arc::new(job);
        jobs.waiting.push_back(Arc::clone(&job));
        jobs.tell();
        self.arrival.notify_one();
        Ok(job)
    }

    /// A visitor's job that waits, runs or has just ended.
    pub fn find(&self, visitor: &str, id: &str) -> Option<Arc<Job>> {
        let jobs = self.lock();
        let all = jobs
            .waiting
            .iter()
            .chain(&jobs.running)
            .chain(&jobs.finished);
        let mut found = all.filter(|job| job.visitor == visitor && job.id == id);
        found.next().cloned()
    }

    /// Ends a job.
    pub fn stop(&self, job: &Job) {
        job.stop();
        let mut jobs = self.lock();
        jobs.leave_out(|waiting| waiting.id == job.id);
        jobs.tell();
    }

    fn work(&self) {
        loop {
            let job = self.next();
            job.run();
            let mut jobs = self.lock();
            jobs.running.retain(|running| running.id != job.id);
            jobs.finish(job);
        }
    }

    fn next(&self) -> Arc<Job> {
        let mut jobs = self.lock();
        loop {
            if let Some(job) = jobs.waiting.pop_front() {
                jobs.running.push(Arc::clone(&job));
                jobs.tell();
                return job;
            }
            jobs = self
                .arrival
                .wait(jobs)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    /// Ends what a visitor asked for before.
    fn leave(&mut self, visitor: &str) {
        for job in self.running.iter().filter(|job| job.visitor == visitor) {
            job.stop();
        }
        self.leave_out(|job| job.visitor == visitor);
    }

    /// Ends jobs that wait.
    fn leave_out(&mut self, which: impl Fn(&Job) -> bool) {
        let (left, waiting) = self.waiting.drain(..).partition(|job| which(job));
        self.waiting = waiting;
        let left: VecDeque<Arc<Job>> = left;
        for job in left {
            job.was_left_out();
            self.finish(job);
        }
    }

    /// Keeps a job for a while, so that its visitor hears how it ended.
    fn finish(&mut self, job: Arc<Job>) {
        self.finished.push_back(job);
        if self.finished.len() > limits::WAITING {
            self.finished.pop_front();
        }
    }

    /// Tells everybody who waits how many are before them.
    fn tell(&self) {
        for (before, job) in self.waiting.iter().enumerate() {
            job.waits(before + self.running.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::jobs::job::State;

    fn job(visitor: &str, name: &'static str) -> Job {
        Job::new(visitor, move |_| Ok(name.to_owned()))
    }

    /// A job that ends when the channel says so.
    fn held(visitor: &str) -> (Job, mpsc::Sender<()>) {
        let (go, wait) = mpsc::channel();
        let job = Job::new(visitor, move |ticket| {
            wait.recv().ok();
            ticket.check()?;
            Ok("held".into())
        });
        (job, go)
    }

    fn end(job: &Job) -> State {
        let mut states = job.watch();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async { states.wait_for(State::is_last).await.unwrap().clone() })
    }

    #[test]
    fn jobs_end_in_the_order_in_which_they_came() {
        let queue = Queue::new(1);
        let (first, go) = held("a");
        let first = queue.add(first).unwrap();
        let [second, third] = ["b", "c"].map(|it| queue.add(job(it, "x")).unwrap());
        while *first.watch().borrow() != State::Running(0.0) {
            thread::yield_now();
        }
        assert_eq!(*second.watch().borrow(), State::Waiting(1));
        assert_eq!(*third.watch().borrow(), State::Waiting(2));
        go.send(()).unwrap();
        assert_eq!(end(&third), State::Done("x".into()));
        assert_eq!(end(&first), State::Done("held".into()));
        assert!(queue.find("b", &second.id).is_some());
        assert!(queue.find("a", &second.id).is_none());
    }

    #[test]
    fn a_newer_job_ends_the_visitors_older_one() {
        let queue = Queue::new(1);
        let (first, go) = held("a");
        let first = queue.add(first).unwrap();
        while *first.watch().borrow() != State::Running(0.0) {
            thread::yield_now();
        }
        let waiting = queue.add(job("a", "older")).unwrap();
        let newest = queue.add(job("a", "newest")).unwrap();
        go.send(()).unwrap();
        assert_eq!(end(&newest), State::Done("newest".into()));
        for stopped in [&first, &waiting] {
            assert_eq!(end(stopped), State::Failed("It was stopped.".into()));
        }
    }

    #[test]
    fn a_panic_is_a_sentence_and_work_goes_on() {
        let queue = Queue::new(1);
        let broken = queue.add(Job::new("a", |_| panic!("a mistake"))).unwrap();
        assert!(matches!(end(&broken), State::Failed(text) if text.contains("mistake of ours")));
        let next = queue.add(job("a", "next")).unwrap();
        assert_eq!(end(&next), State::Done("next".into()));
    }

    #[test]
    fn too_many_are_refused() {
        let queue = Queue::new(0);
        for visitor in 0..limits::WAITING {
            queue.add(job(&visitor.to_string(), "x")).unwrap();
        }
        assert!(matches!(queue.add(job("late", "x")), Err(DemoError::Busy)));
        // Somebody who waits already only changes places.
        assert!(queue.add(job("0", "x")).is_ok());
    }
}
