use crate::runner::{TAG, runner};
use fltmgr::event::{Event, NotificationEvent, Waited, WaitedAny, wait_all, wait_any};
use fltmgr::time::Ticks;
use std::sync::Arc;
use std::thread;

const SHORT: Ticks = Ticks::from_milliseconds(1);
const LONG: Ticks = Ticks::from_milliseconds(60_000);

#[test]
fn a_synchronization_event_is_waited_for_once_and_a_notification_event_until_it_is_cleared() {
    runner().call(|_, at| {
        let once = Event::try_new(TAG).unwrap();
        assert_eq!(once.wait(at, SHORT), Waited::TimedOut);
        once.set();
        assert_eq!(once.wait(at, LONG), Waited::Signalled);
        assert_eq!(once.wait(at, SHORT), Waited::TimedOut);

        let all = NotificationEvent::try_new(TAG).unwrap();
        assert!(!all.is_set());
        all.set();
        assert_eq!(all.wait(at, LONG), Waited::Signalled);
        assert_eq!(all.wait_uninterrupted(at, LONG), Waited::Signalled);
        assert!(all.is_set());
        all.clear();
        assert_eq!(all.wait(at, SHORT), Waited::TimedOut);
    });
}

#[test]
fn waiting_for_any_event_tells_which() {
    runner().call(|_, at| {
        let (first, second) = (Event::try_new(TAG).unwrap(), NotificationEvent::try_new(TAG).unwrap());
        let events = [(&first).into(), (&second).into()];
        assert_eq!(wait_any(events, at, SHORT), WaitedAny::TimedOut);
        second.set();
        assert_eq!(wait_any(events, at, LONG), WaitedAny::Signalled(1));
        first.set();
        assert_eq!(wait_any(events, at, LONG), WaitedAny::Signalled(0), "the first of those that are set");
        assert_eq!(wait_any(events, at, LONG), WaitedAny::Signalled(1), "the wait has used the first up");
    });
}

#[test]
fn waiting_for_all_events_uses_none_up_before_all_are_set() {
    runner().call(|_, at| {
        let (first, second) = (Event::try_new(TAG).unwrap(), Event::try_new(TAG).unwrap());
        let events = [(&first).into(), (&second).into()];
        first.set();
        assert_eq!(wait_all(events, at, SHORT), Waited::TimedOut);
        second.set();
        assert_eq!(wait_all(events, at, LONG), Waited::Signalled);
        assert_eq!(wait_any(events, at, SHORT), WaitedAny::TimedOut);
    });
}

#[test]
fn a_notification_event_releases_all_who_wait() {
    let runner = runner();
    let event = Arc::new(runner.call(|_, _| NotificationEvent::try_new(TAG)).unwrap());
    thread::scope(|scope| {
        let waiting = [(); 3].map(|()| {
            let (runner, event) = (&runner, Arc::clone(&event));
            scope.spawn(move || {
                runner.call(move |_, at| {
                    let waited = event.wait(at, LONG);
                    drop(event);
                    waited
                })
            })
        });
        let set = Arc::clone(&event);
        runner.call(move |_, _| set.set());
        for thread in waiting {
            assert_eq!(thread.join().unwrap(), Waited::Signalled);
        }
    });
    runner.call(move |_, _| drop(event));
}
