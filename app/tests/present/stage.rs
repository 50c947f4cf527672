//! The lesson as a state, without a server: whatever is asked for, in whatever order.

use std::time::Duration;

use doormat::experiment::Conversation;
use doormat_app::present::{
    Stage,
    ballot::Voter,
    command::{Command, Refused},
    kept::Kept,
    lesson::Scene,
};
use proptest::prelude::*;

const NOW: Duration = Duration::from_secs(1_767_603_600);

fn scenes() -> impl Strategy<Value = Scene> {
    prop::sample::select(&Scene::ALL[..])
}

fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => Just(Command::Next {}),
        2 => Just(Command::Back {}),
        1 => (0_usize..10).prop_map(|scene| Command::Jump { scene }),
        2 => ("(alice|bob|eve)", ".{0,90}").prop_map(|(sender, text)| Command::Say { sender, text }),
        1 => (scenes(), any::<bool>()).prop_map(|(scene, shown)| Command::ShowVotes { scene, shown }),
        1 => scenes().prop_map(|scene| Command::AskAgain { scene }),
        1 => any::<bool>().prop_map(|running| Command::StartClock { running }),
        1 => Just(Command::Clear {}),
    ]
}

fn begin() -> Stage {
    Stage::new(&Conversation::default(), 7).unwrap()
}

/// What is kept, as a file would have it.
fn written(stage: &Stage) -> String {
    serde_json::to_string(&stage.kept()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_kept_of_a_lesson_is_the_lesson(asked in prop::collection::vec(commands(), 1..16)) {
        let mut stage = begin();
        for command in asked {
            let before = written(&stage);
            match stage.obey(command, NOW) {
                Ok(()) => {}
                Err(Refused::Experiment(error)) => panic!("{error}"),
                // What is refused changes nothing.
                Err(_) => prop_assert_eq!(written(&stage), before),
            }
            let _ = stage.vote(stage.scene(), Voter::new([1; 16]), 0);
        }
        let kept: Kept = serde_json::from_str(&written(&stage)).unwrap();
        let mut again = begin();
        prop_assert!(again.resume(kept).unwrap());
        prop_assert_eq!(written(&again), written(&stage));
    }
}

#[test]
fn next_and_back_undo_each_other_from_end_to_end() {
    let mut stage = begin();
    for scene in Scene::ALL {
        assert_eq!(stage.scene(), scene);
        stage.obey(Command::Next {}, NOW).unwrap();
        // The answer is shown before the scene goes on.
        if scene == Scene::Vote {
            assert_eq!(stage.scene(), scene);
            stage.obey(Command::Next {}, NOW).unwrap();
        }
    }
    for scene in Scene::ALL.into_iter().rev() {
        assert_eq!(stage.scene(), scene);
        stage.obey(Command::Back {}, NOW).unwrap();
    }
    assert_eq!(stage.scene(), Scene::Talk);
}

#[test]
fn a_restart_is_the_beginning() {
    let mut stage = begin();
    let beginning = written(&stage);
    stage.obey(Command::Jump { scene: 2 }, NOW).unwrap();
    stage.vote(Scene::Vote, Voter::new([1; 16]), 0).unwrap();
    let say = Command::Say {
        sender: "bob".to_owned(),
        text: "one more".to_owned(),
    };
    stage.obey(say, NOW).unwrap();
    stage
        .obey(Command::StartClock { running: true }, NOW)
        .unwrap();
    stage.obey(Command::Restart {}, NOW).unwrap();
    assert_eq!(written(&stage), beginning);
}
